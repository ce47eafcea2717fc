"""How each stack of the repository is taken through an engine with an emulated account."""

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
_IGNORED = shutil.ignore_patterns("__pycache__", ".moorage", ".build", ".venv", "node_modules", "sdks")


class Update(NamedTuple):
    """A change of a project, and what it changes of the stack."""

    file: str
    old: str
    new: str
    changes: tuple[str, ...]
    """Each as `support.pulumi_cli.Change` is printed."""


class Run(NamedTuple):
    """One stack's way: preview, up, up again, an update, refresh, destroy."""

    folder: str
    """Below the repository; NoteTaker's own is `.`."""
    stack: str
    update: Update
    config: tuple[tuple[str, str], ...] = ()
    """What the stack needs besides its file."""

    def __str__(self) -> str:
        """Return the name of its test."""
        return f"{Path(self.folder).name or 'notetaker'}-{self.stack}"

    @property
    def runtime(self) -> str:
        """python, nodejs, go or yaml."""
        runtime = yaml.safe_load((ROOT / self.folder / "Pulumi.yaml").read_text())["runtime"]
        return runtime if isinstance(runtime, str) else runtime["name"]

    def copy(self, folder: Path) -> Path:
        """Copy the project, with what it refers to beside it; return its folder."""
        for name in ("app", "components", "examples"):
            shutil.copytree(ROOT / name, folder / name, ignore=_IGNORED)
        for file in (*ROOT.glob("Pulumi*.yaml"), *ROOT.glob("*.py")):
            shutil.copy(file, folder)
        return folder / self.folder

    def place(self, project: Path, vpc: str, subnets: list[str], zone: str) -> None:
        """Write the stack's file, with what exists in the account for what it has as examples.

        The CLI rewrites the file when it makes the stack; only the salt is kept of that.
        """
        source, file = (folder / f"Pulumi.{self.stack}.yaml" for folder in (ROOT / self.folder, project))
        if source.exists():
            salt = next(line for line in file.read_text().splitlines() if line.startswith("encryptionsalt:"))
            text = source.read_text().replace("Z0123456789EXAMPLE", zone).replace("vpc-0a1b2c3d4e5f60718", vpc)
            theirs = dict(zip(sorted(set(re.findall(r"subnet-0a\w+", text))), subnets, strict=False))
            file.write_text(f"{salt}\n" + re.sub(r"subnet-0a\w+", lambda match: theirs[match[0]], text))

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


NOT_EMULATED: Mapping[str, str] = {
    "aws:appautoscaling/target:Target": "moto knows no services of another emulator, ministack no Application Auto Scaling",
}
"""Types that the emulators cannot deploy, with the reason: their stacks are previewed."""

DRIFTS: Mapping[str, Mapping[str, str]] = {
    "aws:ecs/service:Service": {"availabilityZoneRebalancing": "ministack does not return it"},
}
"""Types and properties that the emulators answer differently, with the reason."""

_LANGUAGE = (("aws:region", "us-east-1"), ("token", "emulated"))
_TASK = ("replace TaskDefinition {0}-task", "update Service {0}")

RUNS = (
    Run(".", "dev", Update("Pulumi.dev.yaml", "count: 2", "count: 3", ("update Service notetaker",))),
    Run(".", "prod", Update("Pulumi.prod.yaml", "max: 9", "max: 12", ("update Target notetaker",))),
    Run("examples/compose", "dev", Update("Pulumi.dev.yaml", "capacity: fargate", "capacity: fargate_spot", ("update Service compose-web",))),
    Run("examples/compose", "services", Update("docker-compose.services.yml", "replicas: 2", "replicas: 3", ())),
    Run("examples/compose", "spot", Update("Pulumi.spot.yaml", "capacity: fargate_spot", "capacity: fargate", ("update Service compose-web",))),
    Run("examples/compose", "task", Update("docker-compose.task.yml", "Generated", "Made", ())),
    Run(
        "examples/ec2-then-fargate",
        "a-httpd",
        Update("Pulumi.a-httpd.yaml", "hostPort: 8080", "hostPort: 8081", ()),
    ),
    Run("examples/ec2-then-fargate", "b-dynamic", Update("Pulumi.b-dynamic.yaml", "count: 3", "count: 4", ())),
    Run("examples/ec2-then-fargate", "c-own-image", Update("app/page.html", "It works", "It still works", ())),
    Run("examples/ec2-then-fargate", "d-daemon", Update("Pulumi.d-daemon.yaml", "minInstances: 2", "minInstances: 3", ())),
    Run("examples/ec2-then-fargate", "e-fargate", Update("Pulumi.e-fargate.yaml", "count: 2", "count: 3", ())),
    Run("examples/ec2-then-fargate", "f-xray", Update("Pulumi.f-xray.yaml", "tracing: true", "tracing: false", ())),
    Run("examples/gpu", "dev", Update("__main__.py", '"cpu": 2048', '"cpu": 3072', ())),
    Run("examples/gpu", "spot", Update("Pulumi.spot.yaml", "purchase: spot", "purchase: on_demand", ())),
    Run("examples/grpc", "dev", Update("__main__.py", '"matcher": "0"', '"matcher": "0-99"', ())),
    Run("examples/jwt-pizza", "alb", Update("Pulumi.yaml", "default: alias", "default: cname", ())),
    Run("examples/jwt-pizza", "public-ip", Update("__main__.py", '"memory": 1024', '"memory": 2048', ())),
    Run("examples/monitoring", "dev", Update("Pulumi.yaml", "default: 90", "default: 30", ())),
    Run("examples/notetaker-ec2", "dev", Update("Pulumi.yaml", 'default: ""', "default: again", ())),
    Run("examples/postgres", "dev", Update("__main__.py", '"/healthz"', '"/ready"', ())),
    Run("examples/postgres", "prod", Update("Pulumi.prod.yaml", "false", "true", ())),
    Run("examples/three-zones", "dev", Update("Pulumi.yaml", "default: 1", "default: 3", ())),
    Run("examples/two-regions", "dev", Update("__main__.py", '"count": 2', '"count": 3', ())),
    Run("examples/two-services", "dev", Update("Pulumi.dev.yaml", "stocks: 2", "stocks: 3", ())),
    Run("examples/worker", "dev", Update("Pulumi.dev.yaml", "nights: false", "nights: true", ())),
    Run("examples/worker", "prod", Update("Pulumi.prod.yaml", "50", "60", ())),
    Run("examples/go", "dev", Update("main.go", "IntRef(2)", "IntRef(3)", ("update Service web",)), _LANGUAGE),
    Run("examples/typescript", "dev", Update("index.ts", "count: 2", "count: 3", ("update Service web",)), _LANGUAGE),
    Run("examples/yaml", "dev", Update("Pulumi.yaml", "count: 2", "count: 3", ("update Service web",)), _LANGUAGE),
)
