"""Presets that a program's configuration defines."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from moorage.model.configuration import PRESETS_KEY
from moorage.model.preset_definitions import defined_presets, presets_of
from moorage.model.presets import PRESETS, Preset


def defined(**presets: Any) -> Any:
    return defined_presets(json.dumps(presets))


def test_a_preset_has_the_values_of_the_one_it_extends() -> None:
    staging = defined(staging={"extends": "prod", "log_retention_days": 14, "deletion_protection": False})[
        "staging"
    ]
    prod = PRESETS["prod"]
    assert (staging.log_retention_days, staging.deletion_protection) == (14, False)
    assert (staging.access_logs, staging.spot_only, staging.base) == (prod.access_logs, False, "prod")


def test_a_preset_extends_dev_by_default_and_another_in_any_order() -> None:
    found = defined(nightly={"extends": "shared", "execute_command": False}, shared={"log_retention_days": 7})
    assert found["nightly"].log_retention_days == 7
    assert (found["nightly"].execute_command, found["shared"].execute_command) == (False, True)
    assert found["nightly"].base == "dev"


def test_presets_are_there_for_as_long_as_they_are_used() -> None:
    with presets_of({PRESETS_KEY: '{"staging": {}}'}):
        assert [*PRESETS] == ["dev", "prod", "staging"]
        assert len(PRESETS) == 3
    assert [*PRESETS] == ["dev", "prod"]
    assert defined_presets(None) == defined_presets("") == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[]", f"{PRESETS_KEY}: must be an object of presets by name"),
        ("{", f"{PRESETS_KEY}: must be an object of presets by name"),
        ('{"prod": {}}', "prod: is built in; define another name that extends it"),
        ('{"Big One": {}}', "Big One: 'Big One': must be 1 to 32 lower-case letters"),
        ('{"staging": true}', "staging: must be an object with the values that differ"),
        ('{"staging": {"extends": "pro"}}', "staging.extends: 'pro': must be one of dev, prod"),
        ('{"a": {"extends": "b"}, "b": {"extends": "a"}}', "b.extends: 'a': must be one of dev, prod"),
        ('{"staging": {"acces_logs": true}}', "did you mean 'access_logs'?"),
        ('{"staging": {"base": "prod"}}', "staging.base: 'base': must be one of log_retention_days"),
        ('{"staging": {"access_logs": 1}}', "staging.access_logs: 1: must be true or false"),
        ('{"staging": {"log_retention_days": true}}', "staging.log_retention_days: True: must be an integer"),
        ('{"staging": {"log_retention_days": 31}}', "staging.log_retention_days: 31: must be one of 1, 3, 5"),
        (
            '{"staging": {"health_check_interval": 4}}',
            "staging.health_check_interval: 4: must be from 5 to 300 seconds",
        ),
    ],
)
def test_what_cannot_be_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match="Configuration 'moorage:presets'") as error:
        defined_presets(text)
    assert problem in str(error.value)


def test_the_guide_has_every_field_and_value() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "presets.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (\S+) \|", guide, re.M)
    expected = [
        (field, *(json.dumps(getattr(PRESETS[name], field)) for name in ("dev", "prod")))
        for field in Preset._fields
        if field != "base"
    ]
    assert rows == expected
