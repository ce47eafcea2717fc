"""The Pulumi CLI on projects in folders, its state in a folder too, and what an update changed."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

TIMEOUT = 1800.0


class Change(NamedTuple):
    """A resource that an update changed."""

    operation: str
    """create, update, replace or delete; a replacement's parts are one `replace`."""
    type: str
    name: str
    properties: frozenset[str]
    """The properties that differed, without what is inside them."""
    inputs: frozenset[str]
    """The properties that the program sets."""

    def __str__(self) -> str:
        """Return it on one line, without what differed."""
        return f"{self.operation} {self.type.rpartition(':')[2]} {self.name}"


class PulumiCli(NamedTuple):
    """The CLI with an environment."""

    executable: str
    environment: Mapping[str, str]

    def run(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a command; return what it printed."""
        return subprocess.run(
            [self.executable, *arguments, "--non-interactive"],
            cwd=cwd,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )

    def do(self, *arguments: str, cwd: Path) -> str:
        """Run a command that must succeed; return its standard output."""
        done = self.run(*arguments, cwd=cwd)
        assert done.returncode == 0, f"pulumi {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def update(self, operation: str, *arguments: str, cwd: Path) -> list[Change]:
        """Preview, up, refresh or destroy; return the changes of resources that are not components.

        Raises:
            AssertionError: it failed, with the errors that were reported.
        """
        flags = () if operation == "preview" else ("--yes", "--skip-preview")
        done = self.run(operation, *flags, "--json", *arguments, cwd=cwd)
        events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        reported = (event.get("diagnosticEvent", {}) for event in events)
        errors = [event["message"].strip() for event in reported if event.get("severity") == "error"]
        assert done.returncode == 0, "\n".join([f"pulumi {operation}:", *errors, done.stderr])
        kind = "resOutputsEvent" if operation == "refresh" else "resourcePreEvent"
        changes = (_change(event[kind]["metadata"]) for event in events if kind in event)
        return [change for change in changes if change]

    def resources(self, cwd: Path) -> list[str]:
        """Return the URNs of the stack's state."""
        state = json.loads(self.do("stack", "export", cwd=cwd))
        return [resource["urn"] for resource in state["deployment"].get("resources") or ()]


_OPERATIONS = ("create", "update", "replace", "delete")


def _change(metadata: Mapping[str, Any]) -> Change | None:
    type_: str = metadata["urn"].split("::")[2].rpartition("$")[2]
    if metadata["op"] not in _OPERATIONS or type_.startswith(("moorage:", "awsx:", "pulumi:")):
        return None
    paths = metadata.get("detailedDiff") or metadata.get("diffs") or ()
    properties = frozenset(path.partition(".")[0].partition("[")[0] for path in paths)
    inputs = frozenset((metadata.get("new") or {}).get("inputs") or ())
    return Change(metadata["op"], type_, metadata["urn"].split("::", 3)[3], properties, inputs)
