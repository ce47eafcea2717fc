"""Each control over plain resources: what breaks it, what does not, and what is not known yet."""

from collections.abc import Mapping
from typing import Any

import pytest
from moorage.offline import UNKNOWN, Resource, ResourceGraph, Secret
from moorage.plan.policy import CONTROLS, check
from support.controls import CASES, ID, Inputs


def resource(type_: str, name: str, id_: str, inputs: Inputs) -> Resource:
    urn = f"urn:pulumi:dev::shop::{type_}::{name}"
    return Resource(urn, type_, name, None, True, id_, dict(inputs), {}, (), {}, {})


def found(control: str, inputs: Inputs, others: Mapping[str, Inputs] | None) -> list[str]:
    case = CASES[control]
    further = [resource(type_, type_, f"{type_}-id", held) for type_, held in (others or {}).items()]
    graph = ResourceGraph("shop", "dev", (resource(case.type, "it", ID, inputs), *further), {}, (), ())
    return [finding.resource for finding in check(graph) if finding.rule == control]


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
def test_a_secret_is_read_but_not_printed(control: str) -> None:
    case = CASES[control]
    secret = {name: Secret(held) for name, held in case.bad.items()}
    assert len(found(control, secret, case.bad_with)) == 1


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
def test_a_finding_says_what_is_wrong_and_what_to_do(control: Any) -> None:
    case = CASES[control.id]
    further = [resource(type_, type_, f"{type_}-id", held) for type_, held in (case.bad_with or {}).items()]
    graph = ResourceGraph("shop", "dev", (resource(case.type, "it", ID, case.bad), *further), {}, (), ())
    (finding,) = [finding for finding in check(graph) if finding.rule == control.id]
    assert finding.severity == "warning"
    assert finding.message
    assert finding.fix
    assert "hush" not in finding.message + finding.fix
