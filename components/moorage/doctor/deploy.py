"""Checks of what `moorage pulumi up` needs; those that it makes itself are its own."""

import importlib.metadata
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from moorage.errors import EvaluationError
from moorage.offline.project import project_file
from moorage.offline.values import mapping, text
from moorage.offline.yaml_text import load
from moorage.operate.pulumi import prerequisites
from moorage.operate.pulumi.check_result import CheckResult, failure, ok, unchecked, warning
from moorage.version import __version__

from .subject import Check, Subject

_SECONDS = 20
"""For `pulumi version`, which reads no network; a first start on a slow disk takes some seconds."""

NAMES: Mapping[prerequisites.Check, str] = {
    prerequisites.logged_in: "Pulumi login",
    prerequisites.passphrase: "passphrase",
    prerequisites.credentials: "AWS credentials",
    prerequisites.image_builder: "image builder",
}
"""The names of the prerequisites of `pulumi up`."""

_WITH_CLI = (prerequisites.logged_in, prerequisites.passphrase)
"""Those that the Pulumi CLI answers."""


def pulumi_cli(subject: Subject) -> Iterator[CheckResult]:
    """Check the Pulumi CLI: where it is, and its version."""
    if subject.cli is None:
        yield warning("not on PATH", "`moorage pulumi` installs it into ~/.pulumi on first use")
        return
    try:
        done = subprocess.run(
            [str(subject.cli), "version"], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        match = re.search(r"(\d+)\.(\d+)\.(\d+)", done.stdout)
    except (OSError, subprocess.TimeoutExpired) as error:
        yield failure(f"{subject.cli} does not run: {error}", "install it again")
        return
    if done.returncode or match is None:
        said = (done.stderr or done.stdout).strip()
        yield failure(f"`{subject.cli} version` failed: {said}", "install it again")
        return
    oldest = _oldest()
    shown = f"{match[0]} at {subject.cli}"
    if tuple(map(int, match.groups())) < oldest:
        needed = ".".join(map(str, oldest))
        yield warning(f"{shown} is older than {needed}, moorage's oldest SDK", "update it")
    else:
        yield ok(shown)


def _oldest() -> tuple[int, ...]:
    """Return the oldest version of Pulumi's SDK that the library accepts; the CLI has the same versions."""
    for line in importlib.metadata.requires("moorage") or ():
        if match := re.fullmatch(r"pulumi[ (]*[^a-zA-Z-]*>=([\d.]+).*", line):
            return tuple(map(int, match[1].split(".")))
    return ()


def environment(subject: Subject) -> Iterator[CheckResult]:
    """Check the virtual environment of the program, which `pulumi up` uses."""
    if subject.folder is None:
        yield unchecked("no project")
        return
    runtime, name = _runtime(subject.folder)
    if runtime not in ("python", ""):
        yield ok(f"runtime {runtime}: `pulumi install` installs what its program needs")
        return
    if name is None:
        yield ok("Pulumi.yaml names no virtualenv: the program uses the Python on PATH")
        return
    folder = subject.folder / name
    installed = sorted(folder.glob("lib/python*/site-packages/moorage-*.dist-info"))
    if not folder.exists():
        if (subject.folder / "requirements.txt").is_file():
            yield ok(f"{name} is made from requirements.txt by the first `pulumi up`")
        else:
            missing = f"neither {name} nor requirements.txt is there"
            yield failure(missing, "write moorage into requirements.txt")
    elif not installed:
        yield failure(f"moorage is not installed in {folder}", "run `pulumi install`")
    else:
        version = installed[-1].name.removeprefix("moorage-").removesuffix(".dist-info")
        if version == __version__:
            yield ok(f"{name} has moorage {version}")
        else:
            differs = f"{name} has moorage {version}, and this is {__version__}"
            yield warning(differs, "install the same version into both")


def _runtime(folder: Path) -> tuple[str, str | None]:
    """Return the language of the program, empty if it is unknown, and its virtual environment."""
    try:
        runtime = load(project_file(folder)).get("runtime")
    except EvaluationError:
        return "", None
    name = text(runtime) or text(mapping(runtime).get("name")) or ""
    return name, text(mapping(mapping(runtime).get("options")).get("virtualenv"))


def prerequisite(check: prerequisites.Check) -> Check:
    """Return a prerequisite of `pulumi up` as a check."""

    def results(subject: Subject) -> Iterator[CheckResult]:
        if subject.pulumi is None:
            yield unchecked("no project")
        elif subject.cli is None and check in _WITH_CLI:
            yield unchecked("no Pulumi CLI")
        else:
            yield from [*check(subject.pulumi)] or [unchecked("only the engine knows")]

    return results
