"""The programs of a release, and their records."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from support.compatibility.record import Record, record_of, written

from moorage.offline import evaluate

ROOT = Path(__file__).parents[3]
RECORDS = ROOT / "tests" / "compatibility"
"""The records, in a folder for each version."""

PROGRAMS = "programs"
"""The folder of a version that has its programs as they were: those of users do not change in an upgrade."""

_PARTS = (
    *("Pulumi.yaml", "Pulumi.*.yaml", "__main__.py", "vpc.py", "*.yml"),
    *("*/Dockerfile", "*/.dockerignore"),
)
"""The files that a graph depends on; the sources of images only decide their tags."""


def versions() -> list[str]:
    """Return the recorded versions."""
    return sorted(path.parent.name for path in RECORDS.glob(f"*/{PROGRAMS}"))


def stacks_of(folder: Path) -> list[str]:
    """Return the stacks of a program."""
    return sorted(file.name[len("Pulumi.") : -len(".yaml")] for file in folder.glob("Pulumi.*.yaml"))


def programs_in(folder: Path) -> Iterator[Path]:
    """Yield the programs in a folder that have stacks: itself, its examples, and `features`."""
    for program in (folder, *sorted((folder / "examples").iterdir()), folder / "features"):
        if stacks_of(program):
            yield program


def record_file(version: str, program: Path) -> Path:
    """Return the file with the records of a program's stacks."""
    name = "notetaker" if program.name == PROGRAMS else program.name
    return RECORDS / version / f"{name}.json"


def copy_programs(target: Path) -> None:
    """Copy today's programs, without what does not matter to their graphs."""
    sources = {ROOT: target, RECORDS / "features": target / "features"}
    sources |= {
        folder: target / "examples" / folder.name
        for folder in (ROOT / "examples").iterdir()
        if stacks_of(folder)
    }
    for source, copy in sources.items():
        for file in (file for pattern in _PARTS for file in source.glob(pattern)):
            to = copy / file.relative_to(source)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, to)


def evaluated(program: Path) -> dict[str, Record]:
    """Return the records of a program's stacks."""
    return {stack: record_of(evaluate(program, stack=stack)) for stack in stacks_of(program)}


def record(version: str, scratch: Path) -> None:
    """Write the programs and the records of a version; evaluating stages build contexts in `scratch`."""
    folder = RECORDS / version
    shutil.rmtree(folder, ignore_errors=True)
    copy_programs(folder / PROGRAMS)
    shutil.copytree(folder / PROGRAMS, scratch / PROGRAMS)
    for program in programs_in(scratch / PROGRAMS):
        record_file(version, program).write_text(written(evaluated(program)), encoding="utf-8")
