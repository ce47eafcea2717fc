"""Rules of single instructions that BuildKit checks when it reads a Dockerfile."""

import difflib
import re
from collections.abc import Callable

from .arguments import array, listed, pairs, separated, words
from .syntax import Dockerfile, DockerfileError, Instruction, parse, split, syntax
from .words import heredoc

_BOOLEAN, _VALUE, _VALUES = "boolean", "value", "values"
_FLAGS: dict[str, dict[str, str]] = {
    "FROM": {"platform": _VALUE},
    "ADD": {
        **dict.fromkeys(("chown", "chmod", "checksum"), _VALUE),
        **dict.fromkeys(("link", "keep-git-dir", "unpack"), _BOOLEAN),
        "exclude": _VALUES,
    },
    "COPY": {
        **dict.fromkeys(("chown", "chmod", "from"), _VALUE),
        **dict.fromkeys(("link", "parents"), _BOOLEAN),
        "exclude": _VALUES,
    },
    "RUN": {"mount": _VALUES, "device": _VALUES, "network": _VALUE, "security": _VALUE},
    "HEALTHCHECK": {
        **dict.fromkeys(("interval", "timeout", "start-period", "start-interval", "retries"), _VALUE)
    },
}
_NETWORKS = ("default", "none", "host")
_SECURITIES = ("sandbox", "insecure")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
_PART = re.compile(rf"([0-9]+\.?[0-9]*|\.[0-9]+)({'|'.join(_UNITS)})")


def read(text: str) -> Dockerfile:
    """Read a Dockerfile and check what BuildKit checks before a build.

    A file for another frontend than Docker's own (`# syntax=`) is not checked.

    Raises:
        DockerfileError: it can never be built.
    """
    foreign = Dockerfile((), "\\", syntax(text))
    try:
        file = parse(text)
    except DockerfileError:
        if foreign.standard:
            raise
        return foreign
    if not file.standard:
        return file
    in_stage = False
    for instruction in file.instructions:
        try:
            _check(instruction, file)
            in_stage = in_stage or instruction.name == "FROM"
            if not in_stage and instruction.name != "ARG":
                raise ValueError(f"{instruction.name} before the first FROM; only ARG is allowed there")
        except ValueError as error:
            raise DockerfileError(instruction.line, str(error)) from None
    if not in_stage:
        raise DockerfileError(file.instructions[-1].line, "no FROM instruction; every stage begins with one")
    return file


def _check(instruction: Instruction, file: Dockerfile) -> None:
    check = _CHECKS.get(instruction.name)
    if check is None:
        close = difflib.get_close_matches(instruction.name, _CHECKS, 1)
        names = f"the instructions are {', '.join(sorted(_CHECKS))}"
        hint = f"did you mean {close[0]}?" if close else names
        raise ValueError(f"unknown instruction {instruction.name}; {hint}")
    check(instruction, file.escape)
    none = instruction.name == "HEALTHCHECK" and instruction.text.upper() == "NONE"
    if instruction.name not in ("ARG", "STOPSIGNAL") and not none:
        _check_flags(instruction, newer_frontend=file.syntax not in ("", "docker/dockerfile:1"))


def _check_flags(instruction: Instruction, newer_frontend: bool) -> None:
    flags = _FLAGS.get(instruction.name, {})
    used: set[str] = set()
    for flag in instruction.flags:
        name, equals, value = flag[2:].partition("=")
        kind = flags.get(name)
        if kind is None:
            if newer_frontend:
                continue
            allowed = ", ".join(f"--{flag}" for flag in flags) or "none"
            raise ValueError(f"{instruction.name}: unknown flag --{name}; the allowed flags are: {allowed}")
        if name in used and kind != _VALUES:
            raise ValueError(f"{instruction.name}: --{name} is given twice")
        used.add(name)
        if kind == _BOOLEAN and (equals or value) and value.lower() not in ("true", "false"):
            raise ValueError(f"{instruction.name}: --{name}: {value!r}: must be true or false")
        if kind != _BOOLEAN and not equals:
            raise ValueError(f"{instruction.name}: --{name} needs a value: --{name}=...")
        _check_value(instruction.name, name, value)


def _check_value(instruction: str, flag: str, value: str) -> None:
    allowed = {"network": _NETWORKS, "security": _SECURITIES}.get(flag)
    if allowed and value not in allowed:
        raise ValueError(f"{instruction}: --{flag}: {value!r}: must be {' or '.join(allowed)}")
    if flag == "mount":
        for field in value.split(","):
            key, _, source = field.partition("=")
            if key.lower() == "from" and "$" in source[:-1]:
                wrong = f"--mount: from={source}: must not have a variable; name a stage"
                raise ValueError(f"{instruction}: {wrong}")
    if instruction == "HEALTHCHECK" and flag != "retries" and value and not _is_duration(value):
        wrong = f"--{flag}: {value!r}: must be 0, or a duration of 1ms or more such as 30s"
        raise ValueError(f"{instruction}: {wrong}")
    if flag == "retries" and value and not re.fullmatch(r"\+?[0-9]+", value):
        raise ValueError(f"{instruction}: --retries: {value!r}: must be an integer")


def _is_duration(text: str) -> bool:
    """Return whether Go's time.ParseDuration accepts a text, and it is 0 or at least a millisecond."""
    unsigned = text.lstrip("+-") if text[:1] in "+-" and text[1:2] not in ("+", "-") else text
    if unsigned == "0":
        return True
    if not re.fullmatch(rf"(?:{_PART.pattern})+", unsigned):
        return False
    seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(unsigned))
    return seconds == 0 or (seconds >= 1e-3 and not text.startswith("-"))


def _one(instruction: Instruction, escape: str) -> None:
    if not instruction.text:
        raise ValueError(f"{instruction.name} requires exactly one argument")


def _some(instruction: Instruction, escape: str) -> None:
    if not listed(instruction.text):
        raise ValueError(f"{instruction.name} requires at least one argument")


def _exec(instruction: Instruction, escape: str) -> None:
    array(instruction.text)


def _from(instruction: Instruction, escape: str) -> None:
    arguments = separated(instruction.text)
    if len(arguments) != 1 and (len(arguments) != 3 or arguments[1].lower() != "as"):
        raise ValueError("FROM requires one or three arguments: FROM image, or FROM image AS name")
    if len(arguments) == 3 and not re.fullmatch(r"[a-z][a-z0-9_.-]*", arguments[2].lower()):
        text = "must begin with a letter and have only letters, digits, - _ and ."
        raise ValueError(f"FROM: stage name {arguments[2]!r}: {text}")


def _copy(instruction: Instruction, escape: str) -> None:
    arguments = listed(instruction.text)
    if len(arguments) < 2:
        raise ValueError(f"{instruction.name} requires at least two arguments: sources, and the destination")
    if heredoc(arguments[-1]) is not None:
        raise ValueError(f"{instruction.name}: a here-document cannot be the destination")


def _arg(instruction: Instruction, escape: str) -> None:
    arguments = words(instruction.text, escape)
    if not arguments:
        raise ValueError("ARG requires at least one argument")
    if any(argument.startswith("=") for argument in arguments):
        raise ValueError("ARG: a name is missing before =")


def _pairs(instruction: Instruction, escape: str) -> None:
    if not instruction.text:
        raise ValueError(f"{instruction.name} requires at least one argument")
    if any(not name for name, _ in pairs(instruction.text, instruction.name, escape)):
        raise ValueError(f"{instruction.name}: a name is missing before =")


def _volume(instruction: Instruction, escape: str) -> None:
    _some(instruction, escape)
    if not all(volume.strip() for volume in listed(instruction.text)):
        raise ValueError("VOLUME: a path is empty")


def _shell(instruction: Instruction, escape: str) -> None:
    if not array(instruction.text):
        raise ValueError('SHELL requires an array such as ["/bin/bash", "-c"]')


def _healthcheck(instruction: Instruction, escape: str) -> None:
    kind, *rest = instruction.text.split(maxsplit=1)[:2] or [""]
    command = rest[0] if rest else ""
    if kind.upper() == "NONE":
        if command:
            raise ValueError("HEALTHCHECK NONE takes no arguments")
    elif kind.upper() != "CMD":
        raise ValueError(f"HEALTHCHECK: {kind!r}: must be CMD or NONE")
    elif not command or array(command) == []:
        raise ValueError("HEALTHCHECK CMD needs a command")


def _onbuild(instruction: Instruction, escape: str) -> None:
    name, flags, text = split(instruction.text, escape)
    if not name:
        raise ValueError("ONBUILD requires an instruction")
    if name in ("ONBUILD", "MAINTAINER", "FROM"):
        raise ValueError(f"ONBUILD: {name} is not allowed as a trigger")
    inner = Instruction(instruction.line, name, flags, text, ())
    if name in ("ENV", "LABEL"):
        pairs(text, name, escape)
    elif name in ("ADD", "COPY", "VOLUME", "RUN", "CMD", "ENTRYPOINT", "SHELL"):
        _exec(inner, escape)


_CHECKS: dict[str, Callable[[Instruction, str], None]] = {
    "ADD": _copy,
    "ARG": _arg,
    "CMD": _exec,
    "COPY": _copy,
    "ENTRYPOINT": _exec,
    "ENV": _pairs,
    "EXPOSE": _some,
    "FROM": _from,
    "HEALTHCHECK": _healthcheck,
    "LABEL": _pairs,
    "MAINTAINER": _one,
    "ONBUILD": _onbuild,
    "RUN": _exec,
    "SHELL": _shell,
    "STOPSIGNAL": _one,
    "USER": _one,
    "VOLUME": _volume,
    "WORKDIR": _one,
}
