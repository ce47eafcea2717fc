"""Values of secrets for the local run."""

from typing import Any, cast

from moorage.errors import UsageError
from moorage.local.state import Paths


def given_secrets(paths: Paths, config: dict[str, str]) -> dict[str, str]:
    """Return values of secrets that exist elsewhere: `secrets:` in .moorage/config.yaml, or in `config`.

    Removes the latter from `config`.

    Raises:
        UsageError: the file is invalid.
    """
    from moorage.offline import EvaluationError
    from moorage.offline.yaml_text import load, text_of

    values: dict[str, str] = {}
    file = paths.root / "config.yaml"
    if file.is_file():
        try:
            secrets: Any = load(file, {"secrets"}).get("secrets") or {}
        except EvaluationError as error:
            raise UsageError(str(error)) from None
        if not isinstance(secrets, dict):
            raise UsageError(f"{file}: secrets: must be an object of names and strings")
        values = {key: text_of(value) for key, value in cast("dict[str, Any]", secrets).items()}
    for key in [key for key in config if key.startswith("secrets:")]:
        values[key.removeprefix("secrets:")] = config.pop(key)
    return values
