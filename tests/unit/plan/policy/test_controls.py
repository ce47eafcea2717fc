"""Each control over plain resources: what breaks it, what does not, and what is not known yet."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from support.controls import CASES, ID, Inputs

from moorage.graph import view
from moorage.offline import UNKNOWN, Resource, ResourceGraph, Secret
from moorage.plan.finding import Finding
from moorage.plan.policy import CONTROLS, review


def resource(type_: str, name: str, id_: str, inputs: Inputs) -> Resource:
    urn = f"urn:pulumi:dev::shop::{type_}::{name}"
    return Resource(urn, type_, name, None, True, id_, dict(inputs), {}, (), {}, {})


def found(control: str, inputs: Inputs, others: Mapping[str, Inputs] | None) -> list[str]:
    case = CASES[control]
    further = [resource(type_, type_, f"{type_}-id", held) for type_, held in (others or {}).items()]
    graph = ResourceGraph("shop", "dev", (resource(case.type, "it", ID, inputs), *further), {}, (), ())
    return [finding.resource for finding in review(view(graph)).findings if finding.rule == control]


def test_every_control_has_a_case_and_is_there_once() -> None:
    assert [control.id for control in CONTROLS] == list(dict.fromkeys(control.id for control in CONTROLS))
    assert {control.id for control in CONTROLS} == set(CASES)


@pytest.mark.parametrize("control", CASES)
def test_a_resource_that_breaks_it(control: str) -> None:
    case = CASES[control]
    assert len(found(control, case.bad, case.bad_with)) == 1


@pytest.mark.parametrize("control", CASES)
def test_a_resource_that_holds_to_it(control: str) -> None:
    case = CASES[control]
    assert found(control, case.good, case.good_with) == []


def unknown(inputs: Inputs) -> dict[str, Any]:
    return dict.fromkeys(inputs, UNKNOWN)


@pytest.mark.parametrize("control", [name for name, case in CASES.items() if case.bad])
def test_nothing_is_said_of_what_is_not_known(control: str) -> None:
    case = CASES[control]
    assert found(control, unknown(case.bad), case.bad_with) == []


@pytest.mark.parametrize("control", CASES)
def test_nothing_is_said_of_an_existing_resource(control: str) -> None:
    existing = replace(resource(CASES[control].type, "it", ID, {}), options={"read": True})
    graph = ResourceGraph("shop", "dev", (existing,), {}, (), ())
    assert review(view(graph)).findings == ()


@pytest.mark.parametrize("control", CASES)
def test_a_secret_is_read_but_not_printed(control: str) -> None:
    case = CASES[control]
    secret = {name: Secret(held) for name, held in case.bad.items()}
    assert len(found(control, secret, case.bad_with)) == 1


def broken(control: str) -> Finding:
    case = CASES[control]
    further = [resource(type_, type_, f"{type_}-id", held) for type_, held in (case.bad_with or {}).items()]
    graph = ResourceGraph("shop", "dev", (resource(case.type, "it", ID, case.bad), *further), {}, (), ())
    (finding,) = [finding for finding in review(view(graph)).findings if finding.rule == control]
    return finding


@pytest.mark.parametrize("control", CASES)
def test_a_finding_says_what_is_wrong_and_what_to_do(control: str) -> None:
    finding = broken(control)
    assert finding.severity == "warning"
    assert finding.message
    assert finding.fix
    assert "hush" not in finding.message + finding.fix


ARGUMENTS = {
    control.id: set(re.findall(r"`(?:ec2\.)?([a-z_-]+)[`:]", control.passes)) for control in CONTROLS
}
"""The arguments, and presets, by which a program with moorage holds to a control."""


@pytest.mark.parametrize("control", [control for control, names in ARGUMENTS.items() if names])
def test_what_to_do_is_said_with_an_argument_of_moorage(control: str) -> None:
    words = set(re.findall(r"[a-z_-]+", broken(control).fix))
    assert words & ARGUMENTS[control]


@pytest.mark.parametrize("control", [control for control, names in ARGUMENTS.items() if not names])
def test_what_to_do_without_one_names_a_property_or_resource_of_aws(control: str) -> None:
    named = r"\bset \w+|\bomit \w+|\bremove \w+|\baws\.\w+\.[A-Z]\w+|\baws:[A-Z]\w+|\b[a-z]+_[a-z]+\b"
    assert re.search(named, broken(control).fix), broken(control).fix
