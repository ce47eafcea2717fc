"""The parts of a project on which its pipeline depends."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from moorage.errors import MoorageError, UsageError, no_such
from moorage.offline import ResourceGraph, evaluate
from moorage.offline.evaluate import DEFAULT_REGION
from moorage.offline.project import Project, is_encrypted, load_project, opened, project_file
from moorage.offline.values import mapping, texts
from moorage.offline.yaml_text import load

from .checkout import check_files

_PLACEHOLDER = "placeholder"

_IMAGE = "docker-build:index:Image"
_WORD = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_./-]*")
"""The form of text that needs no quotes in a shell, in YAML and in an expression of GitHub Actions."""
_BACKEND = re.compile(r"(?:s3|https?|azblob|gs|postgres)://[A-Za-z0-9_.:/?=&%@-]+")


@dataclass(frozen=True, slots=True)
class Stage:
    """A stack that the pipeline deploys."""

    stack: str
    region: str
    placeholders: Mapping[str, str]
    """The values of encrypted configuration in a plan, which has no secrets."""
    platforms: frozenset[str]
    """The platforms of the images that it builds."""
    secrets_provider: str
    """The provider of the stack's file, such as `awskms://...`; empty for the default of the backend."""

    @property
    def job(self) -> str:
        """The name of the job that deploys it."""
        return f"deploy-{re.sub(r'[^A-Za-z0-9_-]', '-', self.stack)}"

    @property
    def arm(self) -> bool:
        """True if all images are built for ARM."""
        return self.platforms == frozenset({"linux/arm64"})


@dataclass(frozen=True, slots=True)
class Previews:
    """The stacks of pull requests."""

    first: Stage
    """The stack whose configuration they have."""
    config_folder: str
    """The folder of the stacks' files, relative to the project; empty if it is that of the project."""
    by_stack: bool
    """True if the backend encrypts the values of each stack with another key."""
    output: str
    """The stack's output with the URL; empty if it has none."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A project, as its pipeline needs it."""

    name: str
    root: Path
    """The folder of the repository."""
    folder: str
    """The folder of the project, relative to the repository; `.` if it is the same."""
    branch: str
    stages: tuple[Stage, ...]
    """In the order of deployment."""
    venv: str
    """The folder of the program's virtual environment."""
    uv: bool
    """True if uv installs the program's dependencies, else pip."""
    backend: str
    """The URL of Pulumi's state; empty for app.pulumi.com."""
    login: bool
    """True if the pipeline selects the backend, which the project's file does not name."""
    passphrase: bool
    """True if secrets are encrypted with a passphrase."""
    cached: bool
    """True if each of these images has a layer cache in a registry."""
    previews: Previews | None

    @property
    def stages_after(self) -> Iterator[tuple[str, Stage]]:
        """Each stage, after the name of the job that deploys the one before it; empty for the first stage."""
        return zip(("", *(stage.job for stage in self.stages)), self.stages, strict=False)

    @property
    def cloud(self) -> bool:
        """True if the state is in Pulumi Cloud, also one of its own host."""
        return _is_cloud(self.backend)


def stages_in(folder: Path, chosen: Sequence[str]) -> tuple[str, ...]:
    """Return the stacks in the order of deployment: as chosen, else dev before prod.

    Raises:
        UsageError: there is no stack, an unknown one, or an order that is not known.
    """
    stacks = load_project(folder).stacks
    if not stacks:
        raise UsageError("the project has no stack", hint="create Pulumi.dev.yaml, its configuration")
    if unknown := [name for name in chosen if name not in stacks]:
        raise UsageError(no_such("stack", unknown[0], stacks))
    if len({*chosen}) < len(chosen):
        raise UsageError("--stack: a stack cannot be repeated")
    names = tuple(chosen or stacks)
    if not chosen and len(names) > 1 and {*names} != {"dev", "prod"}:
        raise UsageError(
            f"the order of the stacks {', '.join(names)} is not known",
            hint="pass --stack for each stack to deploy, the first one first",
        )
    for name in names:
        checked("stack", name)
    return names


def checked(what: str, text: str) -> str:
    """Return a name that becomes a part of scripts.

    Raises:
        UsageError: it has other characters than a script can have without quotes.
    """
    if not _WORD.fullmatch(text):
        raise UsageError(f"{what} {text!r} must have only letters, digits and . _ - / in a pipeline")
    return text


def read(
    folder: Path, stacks: Sequence[str], *, branch: str, backend: str | None, previews: bool = False
) -> Pipeline:
    """Read a project, and evaluate each stack as the plan of its pipeline does, without uncommitted values.

    Raises:
        UsageError: a name cannot be a part of a script, or the stack of previews has protected resources.
        MoorageError: a stack cannot be evaluated, a checkout cannot be installed, or Pulumi.yaml names
            another language or toolchain.
    """
    project, root = replace(load_project(folder), aside=None), repository(folder)
    content = load(project_file(folder))
    venv, uv = _toolchain(content)
    own = str(mapping(content.get("backend")).get("url") or "")
    url = backend or own
    if url and not _BACKEND.fullmatch(url):
        raise UsageError(f"--backend {url!r} must be a URL that other machines reach, such as s3://BUCKET")
    outputs = (folder / "stack-outputs").glob("*.json")
    check_files(root, folder, uv, [*map(project.stack_file, stacks), *outputs])
    deployments = [_deployment(project, stack) for stack in stacks]
    images = [image for item in deployments for image in item.graph.of_type(_IMAGE)]
    return Pipeline(
        name=checked("project", project.name),
        root=root,
        folder=checked("folder", folder.relative_to(root).as_posix()),
        branch=checked("--branch", branch),
        stages=tuple(item.stage for item in deployments),
        venv=venv,
        uv=uv,
        backend=url,
        login=url != own,
        passphrase=any(_has_passphrase(item.file, url) for item in deployments),
        cached=all(image.inputs.get("cacheTo") for image in images),
        previews=_previews(project, deployments[0], url) if previews else None,
    )


@dataclass(frozen=True, slots=True)
class _Deployment:
    """A stack, its file and its resources."""

    stage: Stage
    file: dict[str, Any]
    graph: ResourceGraph


def _deployment(project: Project, stack: str) -> _Deployment:
    file = load(project.stack_file(stack))
    config = _placeholders(project, file)
    region = project.configure(stack, config).values.get("aws:region", DEFAULT_REGION)
    graph = evaluate(project, stack=stack, config=config)
    provider = str(file.get("secretsprovider") or "")
    images = graph.of_type(_IMAGE)
    stage = Stage(
        stack=stack,
        region=checked("aws:region", region),
        placeholders=config,
        platforms=frozenset(name for image in images for name in texts(image.inputs.get("platforms"))),
        secrets_provider=provider if provider not in ("passphrase", "default") else "",
    )
    return _Deployment(stage, file, graph)


def repository(folder: Path) -> Path:
    """Return the folder of the repository of a project, else that of the project."""
    return next((path for path in (folder, *folder.parents) if (path / ".git").exists()), folder)


def _toolchain(content: Mapping[str, Any]) -> tuple[str, bool]:
    """Return the virtual environment of the program, and whether uv makes it (Pulumi: "Project file")."""
    runtime = content.get("runtime")
    options = mapping(mapping(runtime).get("options"))
    name = runtime if isinstance(runtime, str) else mapping(runtime).get("name")
    toolchain = options.get("toolchain") or "pip"
    if name != "python":
        raise MoorageError(f"runtime {name}: must be python; `moorage plan` evaluates no other programs")
    if toolchain not in ("pip", "uv"):
        raise MoorageError(
            f"toolchain {toolchain}: must be pip or uv",
            hint="set runtime.options.toolchain in Pulumi.yaml, or adapt the pipeline of a project with pip",
        )
    return checked("virtualenv", str(options.get("virtualenv") or ".venv")), toolchain == "uv"


def _is_cloud(url: str) -> bool:
    return not url or url.startswith("http")


def _has_passphrase(file: Mapping[str, Any], backend: str) -> bool:
    provider = file.get("secretsprovider")
    if provider and provider != "passphrase":
        return False
    return bool(file.get("encryptionsalt")) or not _is_cloud(backend)


def _placeholders(project: Project, file: Mapping[str, Any]) -> dict[str, str]:
    """Return the encrypted configuration by its full keys, without the secrets."""
    placeholders: dict[str, str] = {}
    for name, value in mapping(file.get("config")).items():
        if is_encrypted(value):
            key = project.full(str(name))
            checked("configuration key", key.replace(":", "."))
            plain = opened(value, lambda _: _PLACEHOLDER)
            placeholders[key] = plain if isinstance(plain, str) else json.dumps(plain)
    return placeholders


def _previews(project: Project, first: _Deployment, backend: str) -> Previews:
    stack, file, graph = first.stage.stack, first.file, first.graph
    plain = not file.get("secretsprovider") and not file.get("encryptionsalt")
    if protected := [item.name for item in graph if item.options.get("protect")]:
        raise UsageError(
            f"--previews: stack {stack} protects {', '.join(protected)}, and a copy could not be deleted",
            hint="let the first --stack be one without protected resources",
        )
    folder = project.stack_folder.relative_to(project.folder).as_posix()
    urls = sorted((name for name in graph.outputs if name.lower().endswith("url")), key=len)
    return Previews(
        first=first.stage,
        config_folder="" if folder == "." else f"{checked('stackConfigDir', folder)}/",
        by_stack=_is_cloud(backend) and plain,
        output=checked("output", urls[0]) if urls else "",
    )
