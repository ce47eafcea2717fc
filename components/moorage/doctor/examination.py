"""All checks, in the order in which they are shown."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from moorage.console import Printer
from moorage.operate.pulumi.check_result import CheckResult, Level
from moorage.operate.pulumi.prerequisites import CHECKS, logged_in

from . import deploy, local, machine
from .subject import Check, Group, Subject

TITLES = {Group.BOTH: "machine and project", Group.LOCAL: "local run", Group.DEPLOY: "deployment"}

ALL: Sequence[tuple[Group, str, Check]] = (
    (Group.BOTH, "Python", machine.python),
    (Group.BOTH, "project", machine.project),
    (Group.BOTH, "disk", machine.disk),
    (Group.BOTH, "folders", machine.folders),
    (Group.LOCAL, "extra", local.extra),
    (Group.LOCAL, "program", local.program),
    (Group.LOCAL, "Docker", local.docker),
    (Group.LOCAL, "supervisor", local.supervisor),
    (Group.LOCAL, "ports", local.ports),
    (Group.LOCAL, "inotify", local.watches),
    (Group.LOCAL, "open files", local.open_files),
    (Group.DEPLOY, "Pulumi CLI", deploy.pulumi_cli),
    (Group.DEPLOY, "environment", deploy.environment),
    *(
        (Group.DEPLOY, deploy.NAMES[check], deploy.prerequisite(check))
        for check in (logged_in, *CHECKS["up"])
    ),
)
"""Group, name and function of each check."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A result, with its check."""

    group: Group
    name: str
    result: CheckResult


def examined(subject: Subject, group: Group, out: Printer) -> Iterator[Examined]:
    """Run the checks of a group and those of both, or all."""
    for of, name, check in ALL:
        if of is Group.BOTH or group in (of, Group.BOTH):
            out.progress(f"checking: {TITLES[of]}")
            for result in check(subject):
                yield Examined(of, name, result)


def failed(results: Sequence[Examined]) -> bool:
    """Return whether something that is needed is missing."""
    return any(item.result.level is Level.FAILED for item in results)


def document(subject: Subject, results: Sequence[Examined]) -> dict[str, Any]:
    """Return the results as JSON."""
    return {
        "project": str(subject.folder) if subject.folder else None,
        "stack": subject.stack if subject.folder else None,
        "ok": not failed(results),
        "checks": [{"group": item.group, "name": item.name, **asdict(item.result)} for item in results],
    }
