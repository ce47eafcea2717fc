"""The program in TypeScript of docs/languages.md uses what the schema has."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from moorage.plugin import Plugin


@pytest.fixture
def blocks(root: Path) -> dict[str, str]:
    text = (root / "docs" / "languages.md").read_text()
    return dict(re.findall(r"```(\w+)\n(.*?)```", text, re.S))


def test_the_typescript_program_uses_what_there_is(blocks: dict[str, str], plugin: Plugin) -> None:
    program = blocks["typescript"]
    schema: dict[str, Any] = json.loads(plugin.schema or "")
    made = re.findall(r"const (\w+) = new moorage\.(\w+)\(", program)
    assert {component for _, component in made} == {"Network", "EcsCluster", "LoadBalancer", "ContainerApp"}

    for variable, component in made:
        outputs = schema["resources"][f"moorage:index:{component}"]["properties"]
        used = set(re.findall(rf"\b{variable}\.(\w+)", program))
        for names in re.findall(rf"const {{ (.*) }} = {variable};", program):
            used |= {name.split(":")[0].strip() for name in names.split(",")}
        assert used, variable
        assert used <= set(outputs), variable
    owners = [*(one["inputProperties"] for one in schema["resources"].values())]
    owners += [one["properties"] for one in schema["types"].values() if "enum" not in one]
    arguments = set(re.findall(r"(\w+):", re.sub(r"const {.*", "", program)))
    assert {"loadBalancer", "vpcId"} < arguments
    assert arguments <= {name for owner in owners for name in owner}
