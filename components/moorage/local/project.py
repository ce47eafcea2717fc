"""Which project and stack a command means, and the values given for the local run."""

from pathlib import Path
from typing import Any

from .errors import UsageError
from .state import Paths


def find(cwd: str | None, stack: str | None) -> Paths:
    """Return the paths of the project at or above `cwd`, and of its stack.

    Without `stack` it is `dev` where that exists, else the only one there is.

    Raises:
        UsageError: no project, no such stack, or several to choose from.
    """
    start = Path(cwd or ".").resolve()
    folder = next((f for f in (start, *start.parents) if any((f / n).is_file() for n in _NAMES)), None)
    if folder is None or (cwd is not None and folder != start):
        raise UsageError(f"{start} has no Pulumi.yaml: give the project's folder with --cwd")
    stacks = sorted(path.name[len("Pulumi.") : -len(".yaml")] for path in folder.glob("Pulumi.*.yaml"))
    if stack is None:
        if "dev" in stacks or not stacks:
            stack = "dev"
        elif len(stacks) == 1:
            stack = stacks[0]
        else:
            raise UsageError(f"choose a stack with --stack: {', '.join(stacks)}")
    elif stacks and stack not in stacks:
        raise UsageError(f"there is no stack {stack!r} (Pulumi.{stack}.yaml); there are {', '.join(stacks)}")
    return Paths(folder, stack)


_NAMES = ("Pulumi.yaml", "Pulumi.yml")


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
