"""Values of another type than their key: an error with the place, and nothing lost in silence."""

from pathlib import Path

import pytest

from moorage.importing.copilot.workspace import import_copilot
from moorage.importing.tables import SourceError

MANIFEST = """\
name: web
type: Backend Service
image: {{location: "nginx:1", port: 80}}
{}
"""


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("variables: [A, B]", "variables: must be an object, not a list"),
        ("secrets: foo", "secrets: must be an object, not a string"),
        ("sidecars: [x]", "sidecars: must be an object, not a list"),
        ("sidecars: {agent: 3}", "sidecars.agent must be an object"),
        ("storage: {volumes: [data]}", "storage.volumes: must be an object, not a list"),
        ("taskdef_overrides: {path: x}", "taskdef_overrides: must be a list, not an object"),
        ("environments: [prod]", "environments: must be an object, not a list"),
        ("cpu: [256]", "cpu: must be a string, not a list"),
    ],
)
def test_a_manifest_with_a_value_of_another_type_is_an_error(line: str, text: str, tmp_path: Path) -> None:
    folder = tmp_path / "copilot" / "web"
    folder.mkdir(parents=True)
    (folder / "manifest.yml").write_text(MANIFEST.format(line))
    with pytest.raises(SourceError) as failed:
        import_copilot(tmp_path, tmp_path / "infra", None, "us-east-1")
    assert f"manifest.yml:4: {text}" in str(failed.value)
