"""`moorage new`: a Pulumi project around a folder with a Dockerfile."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from moorage.console import Label, ask, is_interactive, say, show, table
from moorage.errors import MoorageError, UsageError

if TYPE_CHECKING:
    from moorage.scaffold.content import Settings
    from moorage.scaffold.detected import Detected
    from moorage.scaffold.location import Location
    from moorage.scaffold.project import Written

_REGION = "us-east-1"


class _Options(TypedDict):
    name: str | None
    port: int | None
    health_path: str | None
    region: str | None
    requirement: str | None


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False), default=".")
@click.option(
    "--dockerfile",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="The Dockerfile (default: that of FOLDER, or the only one below).",
)
@click.option(
    "--dir",
    "project",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="The project's folder (default: FOLDER, or FOLDER/infra if FOLDER is the build context).",
)
@click.option("--name", metavar="NAME", help="Of the project and the app (default: the folder's).")
@click.option(
    "--port", type=click.IntRange(1, 65535), metavar="N", help="The app's port (default: as detected)."
)
@click.option("--health-path", metavar="PATH", help="Of the health check (default: as detected, or /).")
@click.option("--region", metavar="R", help=f"AWS region (default: AWS_REGION, or {_REGION}).")
@click.option(
    "--requirement",
    metavar="LINE",
    help="moorage in requirements.txt (default: where this one was installed from).",
)
@click.option("--yes", "-y", is_flag=True, help="Ask no questions; use the defaults.")
def new(
    folder: str, dockerfile: str | None, project: str | None, yes: bool, **options: Unpack[_Options]
) -> int:
    """Create a Pulumi project around a folder with a Dockerfile.

    The port and the health check's path come from the Dockerfile (EXPOSE, ENV PORT,
    HEALTHCHECK) and the compose file beside it. On a terminal the command asks; no
    file is ever overwritten.
    """
    from moorage.scaffold.detected import detect
    from moorage.scaffold.location import dockerfiles, locate
    from moorage.scaffold.project import check_free, write

    root, asks = Path(folder).resolve(), is_interactive() and not yes
    check_free(root)
    file = Path(dockerfile).resolve() if dockerfile else _only(root, dockerfiles(root), asks)
    location = locate(root, file, Path(project).resolve() if project else None)
    check_free(location.project)
    detected = detect(location)
    settings = _settings(location, detected, options, asks)
    _report(write(settings, location), settings, location, detected)
    return 0


def _only(folder: Path, dockerfiles: list[Path], asks: bool) -> Path:
    """Return the only Dockerfile, or the one that the user chooses."""
    if not dockerfiles:
        raise MoorageError(
            f"{folder} has no Dockerfile, nor has a folder below",
            hint="write one (https://docs.docker.com/get-started/docker-concepts/building-images/"
            "writing-a-dockerfile/), or pass --dockerfile",
        )
    names = [path.relative_to(folder).as_posix() for path in dockerfiles]
    if len(dockerfiles) > 1 and not asks:
        raise UsageError(
            f"there are several Dockerfiles: {', '.join(names)}",
            hint="choose one with --dockerfile; add the others to the program, each as a ContainerApp",
        )
    if len(dockerfiles) == 1:
        return dockerfiles[0]
    chosen = ask(f"Dockerfile ({', '.join(names)})", names[0])
    if chosen not in names:
        raise UsageError(f"{chosen!r} must be one of {', '.join(names)}")
    return folder / chosen


def _settings(location: "Location", detected: "Detected", options: _Options, asks: bool) -> "Settings":
    """Return the settings: from options, from answers, or as detected.

    Raises:
        UsageError: a value is wrong, or the port is not known.
    """
    from moorage.scaffold.content import Settings
    from moorage.scaffold.requirement import check_line, requirement

    def answer(question: str, default: str) -> str:
        return ask(question, default) if asks else default

    line = options["requirement"] or requirement()
    check_line(line)
    name = _checked_name(options["name"] or answer("Name", _name(location)))
    port = options["port"] or _port(detected, asks)
    default_path = detected.health_path.value if detected.health_path else "/"
    path = options["health_path"] or answer("Health check path", default_path)
    if not re.fullmatch(r"/[!-~]{0,1023}", path):
        raise UsageError(f"--health-path: {path!r} must begin with / and have no blanks")
    region = options["region"] or answer("AWS region", os.environ.get("AWS_REGION") or _REGION)
    if not re.fullmatch(r"[a-z]{2,}(-[a-z0-9]+)+", region):
        raise UsageError(f"--region: {region!r} is not an AWS region such as {_REGION}")
    return Settings(name, port, path, region, line)


def _port(detected: "Detected", asks: bool) -> int:
    default = detected.port.value if detected.port else next(iter(detected.candidates), None)
    if asks:
        answer = ask("Port", str(default or 8080))
        if not re.fullmatch(r"\d{1,5}", answer, re.ASCII) or not 1 <= int(answer) <= 65535:
            raise UsageError(f"the port {answer!r} must be a number from 1 to 65535")
        return int(answer)
    if detected.port:
        return detected.port.value
    if detected.candidates:
        ports = ", ".join(map(str, detected.candidates))
        raise UsageError(f"EXPOSE names several ports: {ports}", hint="choose one with --port")
    raise UsageError(
        "the port is not known: no EXPOSE, ENV PORT or HEALTHCHECK names one", hint="pass it with --port"
    )


def _name(location: "Location") -> str:
    """Return a name from that of the project's folder, or of the build context if that holds the project."""
    inside = location.project.is_relative_to(location.context)
    folder = location.context if inside else location.project
    return re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-") or "app"


def _checked_name(name: str) -> str:
    from moorage.model.names import check_logical_name
    from moorage.model.problems import Problems

    problems = Problems("Project", name)
    check_logical_name(name, problems)
    for problem in problems:
        raise UsageError(f"--name: {name!r} {problem.text}")
    return name


def _report(written: "Written", settings: "Settings", location: "Location", detected: "Detected") -> None:
    from moorage.scaffold.requirement import advice

    folder = _shown(location.project)
    made = [path.name for path in written.made if path.parent == location.project]
    say(f"Created in {folder}: {', '.join(made)}")
    for path in written.made:
        if path.parent != location.project:
            say(f"Created {_shown(path)}")
    for path in written.added_to:
        say(f"Added lines to {_shown(path)}")
    say()
    show(table(_rows(settings, location, detected)))
    say(f"\nNext{'' if folder == '.' else f', after `cd {folder}`'}:")
    steps = (
        ("moorage local up", "run it on this machine"),
        ("moorage plan", "see resources, findings and cost"),
        ("moorage doctor", "check what a deployment needs"),
        ("moorage pulumi stack init dev", "create the stack, once"),
        ("moorage pulumi up --stack dev", "deploy it to AWS"),
    )
    show(table(steps, indent=2))
    if text := advice(_shown(location.project / "requirements.txt"), settings.requirement):
        say(text, label=Label.HINT)


def _shown(path: Path) -> str:
    """Return a path relative to the current folder if it is in it."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def _rows(settings: "Settings", location: "Location", detected: "Detected") -> list[tuple[str, str, str]]:
    port, path = detected.port, detected.health_path
    return [
        ("name", settings.name, ""),
        ("Dockerfile", _shown(location.dockerfile), ""),
        ("port", str(settings.port), port.source if port and port.value == settings.port else ""),
        (
            "health check",
            settings.health_path,
            path.source if path and path.value == settings.health_path else "",
        ),
        ("region", settings.region, ""),
    ]
