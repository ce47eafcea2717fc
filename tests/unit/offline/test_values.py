"""Reading of single values, which may be anything."""

import json
from typing import Any

import pytest

from moorage.offline import UNKNOWN, Secret
from moorage.offline.values import (
    container_definitions,
    entries,
    is_known,
    leaves,
    mapping,
    number,
    parsed,
    size,
    statements,
    text,
    texts,
)

NOTHING = (None, UNKNOWN, Secret("5"), True)


@pytest.mark.parametrize("value", NOTHING)
def test_what_is_not_known_secret_or_not_set_reads_as_nothing(value: Any) -> None:
    assert text(value) is None
    assert number(value) is None
    assert size(value) is None
    assert mapping(value) == {}
    assert entries(value) == []
    assert entries([value]) == []
    assert texts(value) == ()
    assert texts([value]) == ()
    assert parsed(value) is None
    assert container_definitions({"containerDefinitions": value}) is None
    assert statements(value) is None
    assert statements({"Statement": value}) is None


@pytest.mark.parametrize("value", [[], {}, [5], {"a": "5"}])
def test_a_structure_is_no_text_and_no_number(value: Any) -> None:
    assert (text(value), number(value), size(value), parsed(value)) == (None, None, None, None)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (5, 5),
        (5.0, 5),
        ("256", 256),
        ("5.0", 5),
        (0, 0),
        ("", None),
        ("5 GB", None),
        ("inf", None),
        ("nan", None),
    ],
)
def test_a_number_may_be_written_as_float_or_text(value: Any, found: int | None) -> None:
    assert number(value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (256, 256),
        ("512", 512),
        (512.0, 512),
        ("1 vCPU", 1024),
        (".5 GB", 512),
        ("0.25 vcpu", 256),
        ("2gb", 2048),
        ("2 TB", None),
        (".", None),
        ("1.2.3", None),
    ],
)
def test_a_size_is_in_cpu_units_or_mebibytes(value: Any, found: int | None) -> None:
    assert size(value) == found


def test_a_mapping_is_no_list_of_them() -> None:
    assert mapping({"a": UNKNOWN}) == {"a": UNKNOWN}
    assert mapping([{"a": 1}]) == {}


def test_one_value_may_stand_in_place_of_a_list() -> None:
    assert entries({"a": 1}) == [{"a": 1}]
    assert entries([{"a": 1}, UNKNOWN, "b", {}]) == [{"a": 1}, {}]
    assert texts("a") == ("a",)
    assert texts(["a", UNKNOWN, 80, "", {"b": "c"}, Secret("d")]) == ("a", "80", "")


def test_json_in_a_text() -> None:
    assert parsed('{"a": [1, null]}') == {"a": [1, None]}
    assert parsed('{"a": ') is None
    assert parsed("null") is None


def test_container_definitions_are_a_list() -> None:
    containers = [{"name": "web", "portMappings": [{"containerPort": 80}]}]
    assert container_definitions({"containerDefinitions": json.dumps(containers)}) == containers
    assert container_definitions({"containerDefinitions": "[]"}) == []
    assert container_definitions({"containerDefinitions": "{}"}) is None
    assert container_definitions({"containerDefinitions": "[{"}) is None
    assert container_definitions({}) is None


@pytest.mark.parametrize("written", [json.dumps, lambda document: document], ids=["text", "mapping"])
def test_statements_have_lists_where_one_or_several_may_stand(written: Any) -> None:
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["a", "b"]}
    others = {"Effect": "Deny", "NotAction": "s3:*", "NotResource": "c", "Principal": "*"}
    assert statements(written({"Version": "2012-10-17", "Statement": [read, others]})) == [
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["a", "b"]},
        {"Effect": "Deny", "NotAction": ["s3:*"], "NotResource": ["c"], "Principal": "*"},
    ]
    assert statements(written({"Statement": read})) == [{**read, "Action": ["s3:GetObject"]}]
    assert statements(written({"Statement": []})) == []


@pytest.mark.parametrize("document", ["", "{", "[]", "{}", {}, '{"Statement": "all"}'])
def test_a_document_without_statements_is_not_known(document: Any) -> None:
    assert statements(document) is None


def test_a_part_of_a_statement_may_not_be_known() -> None:
    (found,) = (
        statements({"Statement": {"Effect": "Allow", "Action": UNKNOWN, "Resource": ["a", UNKNOWN]}}) or []
    )
    assert found["Action"] == [UNKNOWN]
    assert found["Resource"] == ["a", UNKNOWN]


def test_leaves_come_in_the_order_they_stand_in() -> None:
    secret = Secret({"hidden": "x"})
    value = {"b": ["first", {"c": "second", "a": None}], "a": secret, "d": {}, "e": [], "f": UNKNOWN}
    assert list(leaves(value)) == ["first", "second", None, secret, UNKNOWN]
    assert list(leaves("alone")) == ["alone"]


def test_unknown_is_found_however_deep() -> None:
    assert is_known({"a": [None, {"b": ""}], "c": Secret(UNKNOWN)})
    assert not is_known({"a": [{"b": UNKNOWN}]})
    assert not is_known(UNKNOWN)
