"""Stages of a Dockerfile: their base, their variables and their commands."""

import difflib
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from .arguments import array, listed, pairs, separated, words
from .syntax import Dockerfile, Instruction
from .words import Lexer

DEFAULT_SHELL = ("/bin/sh", "-c")
_SCRATCH = "scratch"
_BUILDERS = frozenset(
    f"{of}{part}" for of in ("BUILD", "TARGET") for part in ("PLATFORM", "OS", "ARCH", "VARIANT")
)
"""Automatic platform ARGs, whose values only the builder knows (Dockerfile reference)."""


class Unknown(Exception):
    """A value that only the base image or the builder knows."""


@dataclass(slots=True)
class Stage:
    """One build stage, after its last instruction."""

    line: int = 0
    name: str | None = None
    base: str = _SCRATCH
    """The image of the stage, or of its parent."""
    parent: "Stage | None" = None
    env: dict[str, str] = field(default_factory=dict[str, str])
    args: dict[str, str | None] = field(default_factory=dict[str, str | None])
    unknown: set[str] = field(default_factory=set[str])
    """Variables that are set to an unknown value."""
    workdir: str | None = None
    entry_point: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    shell: tuple[str, ...] = DEFAULT_SHELL
    exposed: tuple[int, ...] = ()
    """The TCP ports of its EXPOSE, as far as they are known."""
    health_check: str = ""
    """The arguments of its HEALTHCHECK without flags, or those of its parent: `CMD curl ...`, or `NONE`."""
    copies: list["Copy"] = field(default_factory=list["Copy"])
    needs: list["Stage"] = field(default_factory=list["Stage"])
    """Other stages whose files it copies or mounts."""
    command_is_inherited: bool = True
    platform: str = ""
    """From its FROM, or that of its parent; empty for the image's own."""
    runs: bool = False
    """True if it has a RUN."""

    def lookup(self, name: str) -> str | None:
        """Return a variable's value; None if it is not set.

        Raises:
            Unknown: its value is not known, or the base image may set it.
        """
        if name in self.unknown:
            raise Unknown(name)
        if name in self.env:
            return self.env[name]
        value = self.args.get(name)
        if value is None and self.base != _SCRATCH:
            raise Unknown(name)
        return value

    def note(self, name: str, known: bool) -> None:
        """Record whether the present value of a variable is known."""
        (self.unknown.discard if known else self.unknown.add)(name)


class Copy(NamedTuple):
    """A COPY or ADD from the build context."""

    instruction: Instruction
    sources: Sequence[str]
    """Those with known names, without here-documents and addresses."""
    destination: str | None
    """An absolute path, with a slash at the end if it is written as a folder; None if it is not known."""


def stages(file: Dockerfile, build_args: Mapping[str, str | None]) -> list[Stage]:
    """Return the stages of a Dockerfile in its order; a build argument is None if it is not known yet."""
    made: list[Stage] = []
    globals_ = Stage(unknown=set(_BUILDERS))
    for instruction in file.instructions:
        if instruction.name == "FROM":
            made.append(_stage(instruction, made, globals_, file.escape))
        elif made:
            _apply(made[-1], instruction, file, made, build_args, globals_)
        elif instruction.name == "ARG":
            _declare(instruction, file.escape, globals_, build_args, globals_)
    return made


def target_of(made: Sequence[Stage], target: str | None) -> Stage:
    """Return the stage called `target`, or the last.

    Raises:
        ValueError: there is none; the text lists the stages.
    """
    if not made:
        raise ValueError("the Dockerfile has no stage")
    if not target:
        return made[-1]
    stage = _named(made, target)
    if stage is None:
        names = [stage.name for stage in made if stage.name]
        close = difflib.get_close_matches(target.lower(), names, 1)
        text = f"the stages are {', '.join(names)}" if names else "no stage has a name (FROM image AS name)"
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise ValueError(f"{target!r} is not a stage of the Dockerfile; {hint}{text}")
    return stage


def reachable(stage: Stage) -> list[Stage]:
    """Return the stages that are built for a stage, itself too, in the order of the Dockerfile."""
    by_line: dict[int, Stage] = {}
    waiting = [stage]
    while waiting:
        one = waiting.pop()
        if one.line not in by_line:
            by_line[one.line] = one
            waiting += [*([one.parent] if one.parent else []), *one.needs]
    return [by_line[line] for line in sorted(by_line)]


def runs_on_target(stage: Stage) -> bool:
    """Return whether a build of a stage runs programs of the image's platform, which another machine must
    emulate (Docker: "Multi-platform builds")."""
    built = [one for one in reachable(stage) if one.runs]
    return any(not one.platform or "TARGET" in one.platform for one in built)


def expand(text: str, lookup: Callable[[str], str | None], escape: str = "\\") -> str | None:
    """Return a text with its variables; None if one is not known."""
    try:
        return Lexer(lookup, escape).expand(text)
    except (Unknown, ValueError):
        return None


def _named(made: Sequence[Stage], name: str) -> Stage | None:
    return next((stage for stage in reversed(made) if stage.name == name.lower()), None)


def _stage(instruction: Instruction, made: list[Stage], globals_: Stage, escape: str) -> Stage:
    arguments = separated(instruction.text)
    base = expand(arguments[0], globals_.lookup, escape) if arguments else None
    base = base if base is not None else instruction.text
    name = arguments[2].lower() if len(arguments) > 2 else None
    platform = next((f.partition("=")[2] for f in instruction.flags if f.startswith("--platform=")), "")
    parent = _named(made, base)
    if parent is None:
        return Stage(instruction.line, name, base, platform=platform)
    return replace(
        parent,
        line=instruction.line,
        name=name,
        parent=parent,
        env={**parent.env},
        args={**parent.args},
        unknown={*parent.unknown},
        copies=[],
        needs=[],
        command_is_inherited=True,
        platform=platform or parent.platform,
        runs=False,
    )


def _apply(
    stage: Stage,
    instruction: Instruction,
    file: Dockerfile,
    made: Sequence[Stage],
    build_args: Mapping[str, str | None],
    globals_: Stage,
) -> None:
    text = instruction.text
    if instruction.name == "ARG":
        _declare(instruction, file.escape, stage, build_args, globals_)
    elif instruction.name == "ENV":
        _set_environment(stage, text, file.escape)
    elif instruction.name == "WORKDIR":
        folder = _known(text, stage, file.escape)
        stage.workdir = folder if folder.startswith("/") else f"{(stage.workdir or '').rstrip('/')}/{folder}"
    elif instruction.name == "SHELL":
        stage.shell = _command(text, stage.shell)
    elif instruction.name == "CMD":
        stage.command, stage.command_is_inherited = _command(text, stage.shell), False
    elif instruction.name == "ENTRYPOINT":
        # ENTRYPOINT resets an inherited CMD; one of the same stage is kept.
        stage.entry_point = _command(text, stage.shell)
        stage.command = () if stage.command_is_inherited else stage.command
    elif instruction.name == "EXPOSE":
        stage.exposed += _tcp_ports(text, stage, file.escape)
    elif instruction.name == "HEALTHCHECK":
        stage.health_check = text
    elif instruction.name in ("COPY", "ADD", "RUN"):
        stage.runs = stage.runs or instruction.name == "RUN"
        _add_sources(stage, instruction, file.escape, made)


def _declare(
    instruction: Instruction, escape: str, stage: Stage, build_args: Mapping[str, str | None], globals_: Stage
) -> None:
    for word in words(instruction.text, escape):
        name, equals, default = word.partition("=")
        if name in build_args:
            value = build_args[name]
            known = value is not None
        elif equals:
            value = expand(default, stage.lookup, escape)
            known = value is not None
        else:
            value = globals_.args.get(name)
            known = name not in globals_.unknown
        stage.args[name] = value
        # An ENV has precedence over an ARG, wherever it is.
        if name not in stage.env:
            stage.note(name, known)


def _set_environment(stage: Stage, text: str, escape: str) -> None:
    try:
        variables = pairs(text, "ENV", escape)
    except ValueError:
        return
    # Each value is expanded with the variables from before the instruction.
    assignments = {
        name: (_known(value, stage, escape), expand(value, stage.lookup, escape) is not None)
        for name, value in variables
    }
    for name, (value, known) in assignments.items():
        stage.env[name] = value
        stage.note(name, known)


def _known(text: str, stage: Stage, escape: str) -> str:
    """Return a text with its variables; those of the base image are empty."""

    def lookup(name: str) -> str | None:
        return stage.env.get(name, stage.args.get(name))

    expanded = expand(text, lookup, escape)
    return text if expanded is None else expanded


def _command(text: str, shell: tuple[str, ...]) -> tuple[str, ...]:
    """Return an exec form as it is, else a command of the shell."""
    arguments = array(text)
    return tuple(arguments) if arguments is not None else (*shell, text)


def _tcp_ports(text: str, stage: Stage, escape: str) -> tuple[int, ...]:
    """Return the TCP ports of an EXPOSE; those of variables that are not known are omitted."""
    ports: list[int] = []
    for word in words(text, escape):
        match = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?(?:/tcp)?", expand(word, stage.lookup, escape) or "")
        if match is not None:
            ports += range(int(match[1]), int(match[2] or match[1]) + 1)
    return tuple(port for port in ports if 1 <= port <= 65535)


def _add_sources(stage: Stage, instruction: Instruction, escape: str, made: Sequence[Stage]) -> None:
    flags = [flag.partition("=")[::2] for flag in instruction.flags]
    origin = next((value for name, value in flags if name == "--from"), None)
    mounts = [value for name, value in flags if name == "--mount"]
    fields = [field.partition("=") for mount in mounts for field in mount.split(",")]
    for name in [origin, *(value for key, _, value in fields if key.lower() == "from")]:
        need = _origin(name, made) if name else None
        if need is not None:
            stage.needs.append(need)
    if instruction.name == "RUN" or origin is not None:
        return
    documents = {document.name for document in instruction.heredocs}
    sources = [
        source
        for word in listed(instruction.text)[:-1]
        if not (word.startswith("<<") and documents)
        and (source := expand(word, stage.lookup, escape)) is not None
    ]
    written = expand(listed(instruction.text)[-1], stage.lookup, escape)
    stage.copies.append(Copy(instruction, sources, _destination(stage, written)))


def _destination(stage: Stage, written: str | None) -> str | None:
    if written is None or (stage.workdir is None and not written.startswith("/") and stage.base != _SCRATCH):
        return None
    path = posixpath.normpath(posixpath.join("/", stage.workdir or "", written))
    is_folder = written.endswith(("/", "/.")) or written == "."
    return f"{path.rstrip('/')}/" if is_folder else path


def _origin(name: str, made: Sequence[Stage]) -> Stage | None:
    """Return the stage that files are copied from; None for an image."""
    if name.isascii() and name.isdecimal():
        return made[int(name)] if int(name) < len(made) else None
    return _named(made, name)
