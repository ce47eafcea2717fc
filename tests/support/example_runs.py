"""The run of each stack of the repository through an engine with an emulated account: stacks.toml."""

import re
import shutil
import tomllib
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
_IGNORED = shutil.ignore_patterns("__pycache__", ".moorage", ".build", ".venv", "node_modules", "sdks")


class Update(NamedTuple):
    """A change of one file of a project."""

    file: str
    old: str
    new: str


class Run(NamedTuple):
    """One stack's way: preview, up, up again, an update, refresh, destroy."""

    project: str
    """Below the repository; NoteTaker's own is `.`."""
    stack: str
    update: Update
    changes: tuple[str, ...]
    """The changes of the update, each as `support.pulumi_cli.Change` is printed."""
    config: Mapping[str, str]
    """The configuration that the stack needs besides its file."""

    def __str__(self) -> str:
        """Return the name of its test."""
        return f"{Path(self.project).name or 'notetaker'}-{self.stack}"

    @property
    def runtime(self) -> str:
        """python, nodejs, go or yaml."""
        runtime = yaml.safe_load((ROOT / self.project / "Pulumi.yaml").read_text())["runtime"]
        return runtime if isinstance(runtime, str) else runtime["name"]

    def copy(self, folder: Path) -> Path:
        """Copy the project, with what it refers to beside it; return its folder."""
        for name in ("app", "examples") if self.runtime == "python" else ("components", "examples"):
            shutil.copytree(ROOT / name, folder / name, ignore=_IGNORED)
        for file in (*ROOT.glob("Pulumi*.yaml"), *ROOT.glob("*.py")):
            shutil.copy(file, folder)
        return folder / self.project

    def place(self, project: Path, vpc: str, subnets: list[str], zone: str) -> None:
        """Write the stack's file, with what exists in the account for what it has as examples.

        The CLI rewrites the file when it makes the stack; only the salt is kept of that.
        """
        source, file = (folder / f"Pulumi.{self.stack}.yaml" for folder in (ROOT / self.project, project))
        if source.exists():
            salt = next(line for line in file.read_text().splitlines() if line.startswith("encryptionsalt:"))
            text = source.read_text()
            there = dict(zip(sorted(set(re.findall(r"subnet-0a\w+", text))), subnets, strict=False))
            there |= {"Z0123456789EXAMPLE": zone, "vpc-0a1b2c3d4e5f60718": vpc}
            for example, id_ in there.items():
                text = text.replace(example, id_)
            file.write_text(f"{salt}\n{text}")

    def change(self, project: Path) -> None:
        """Make the change of the update."""
        file = project / self.update.file
        text = file.read_text()
        assert text.count(self.update.old) == 1, f"{self.update.old!r} is not once in {file.name}"
        file.write_text(text.replace(self.update.old, self.update.new))


def stacks() -> Iterator[tuple[str, str]]:
    """Yield folder and name of every stack; an example without a stack's file has `dev`."""
    for folder in (ROOT, *sorted((ROOT / "examples").iterdir())):
        if (folder / "Pulumi.yaml").exists():
            names = sorted(file.name[7:-5] for file in folder.glob("Pulumi.*.yaml")) or ["dev"]
            yield from ((folder.relative_to(ROOT).as_posix(), name) for name in names)


class Gap(NamedTuple):
    """A resource that the emulators cannot deploy: its stack is previewed only."""

    type: str
    reason: str
    without: str | None = None
    """A property; the gap is of the resources that do not set it."""

    def has(self, type_: str, inputs: Container[str]) -> bool:
        """Return whether a resource is one."""
        return type_ == self.type and (self.without is None or self.without not in inputs)


class Drift(NamedTuple):
    """A property that the emulators answer differently."""

    type: str
    property: str
    reason: str


def _run(row: Mapping[str, Any]) -> Run:
    update, changes = Update(**row["update"]), tuple(row["changes"])
    return Run(row["project"], row["stack"], update, changes, row.get("config", {}))


_TABLE = tomllib.loads((ROOT / "tests/engine/stacks.toml").read_text())
RUNS = tuple(_run(row) for row in _TABLE["run"])
GAPS = tuple(Gap(**row) for row in _TABLE["gap"])
DRIFTS = tuple(Drift(**row) for row in _TABLE["drift"])
