"""The values given for the local run."""

from typing import Any

from moorage.errors import UsageError

from .state import Paths


def given_secrets(paths: Paths, config: dict[str, str]) -> dict[str, str]:
    """Return values of secrets that exist elsewhere: `secrets:` in .moorage/config.yaml, or in `config`.

    Takes the latter out of `config`.

    Raises:
        UsageError: the file is not what it should be.
    """
    import yaml

    values: dict[str, str] = {}
    file = paths.root / "config.yaml"
    if file.is_file():
        try:
            content: Any = yaml.safe_load(file.read_text()) or {}
            secrets: Any = content.get("secrets") or {}
            values = {str(key): str(value) for key, value in secrets.items()}
        except (yaml.YAMLError, AttributeError) as error:
            raise UsageError(
                f"{file}: it must be a mapping with `secrets: {{name: value}}` in it: {error}"
            ) from None
    for key in [key for key in config if key.startswith("secrets:")]:
        values[key.removeprefix("secrets:")] = config.pop(key)
    return values
