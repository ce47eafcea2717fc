"""What a Dockerfile's stage runs: ENV, WORKDIR, ENTRYPOINT, CMD ("Dockerfile reference"). Nothing is built.

`dockerfile-parse` does this too, but its last release (2.0.1, 2023) knows no here-documents and no SHELL.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

DEFAULT_SHELL = ("/bin/sh", "-c")


@dataclass(slots=True)
class Stage:
    """One build stage, after its last instruction."""

    name: str | None = None
    base: str = "scratch"
    env: dict[str, str] = field(default_factory=dict[str, str])
    workdir: str | None = None
    entry_point: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    shell: tuple[str, ...] = DEFAULT_SHELL


def parse(text: str, build_args: Mapping[str, str], target: str | None = None) -> Stage:
    """Return the last stage of a Dockerfile, or the one called `target`, with what it inherits from others.

    Raises:
        ValueError: there is no stage, or none of that name.
    """
    stages: list[Stage] = []
    variables: dict[str, str] = {}
    for instruction, rest in instructions(text):
        if instruction == "FROM":
            stages.append(_from(_expand(rest, variables), stages))
            variables = dict(variables)
        elif instruction == "ARG":
            for name, default in _pairs(rest, variables).items():
                variables[name] = build_args.get(name, default or variables.get(name, ""))
        elif stages:
            stage = stages[-1]
            _apply(stage, instruction, rest, {**variables, **stage.env})
    for number, stage in enumerate(stages):
        if target is not None and target.lower() in ((stage.name or "").lower(), str(number)):
            return stage
    if target is not None or not stages:
        raise ValueError(f"no stage called {target!r}" if target else "no FROM instruction")
    return stages[-1]


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Yield each instruction's name, upper case, and the rest of its line; here-documents are passed over."""
    escape = "\\"
    if directive := re.match(r"\s*#\s*escape\s*=\s*(\S)", text):
        escape = directive.group(1)
    lines = iter(text.splitlines())
    pending = ""
    for line in lines:
        if line.lstrip().startswith("#") or (pending and not line.strip()):
            continue
        if line.rstrip().endswith(escape):
            pending += line.rstrip()[:-1] + " "
            continue
        whole, pending = (pending + line).strip(), ""
        if not whole:
            continue
        name, _, rest = whole.partition(" ")
        if name.upper() in ("RUN", "COPY", "ADD"):
            for end in re.findall(r"<<-?\s*[\"']?(\w+)[\"']?", rest):
                for inner in lines:
                    if inner.strip() == end:
                        break
        yield name.upper(), rest.strip()


def _from(rest: str, stages: list[Stage]) -> Stage:
    words = [word for word in rest.split() if not word.startswith("--")]
    base = words[0] if words else "scratch"
    name = words[2] if len(words) > 2 and words[1].lower() == "as" else None
    parent = next((s for s in stages if s.name and s.name.lower() == base.lower()), None)
    if parent is None:
        return Stage(name=name, base=base)
    return Stage(
        name, parent.base, dict(parent.env), parent.workdir, parent.entry_point, parent.command, parent.shell
    )


def _apply(stage: Stage, instruction: str, rest: str, variables: Mapping[str, str]) -> None:
    if instruction == "ENV":
        stage.env.update(_pairs(rest, variables))
    elif instruction == "WORKDIR":
        folder = _expand(rest, variables)
        stage.workdir = folder if folder.startswith("/") else f"{(stage.workdir or '').rstrip('/')}/{folder}"
    elif instruction == "SHELL":
        stage.shell = _words(rest, stage.shell)
    elif instruction == "CMD":
        stage.command = _words(rest, stage.shell)
    elif instruction == "ENTRYPOINT":
        # Setting ENTRYPOINT resets an inherited CMD; one set in this very stage is kept by builders as well.
        stage.entry_point = _words(rest, stage.shell)


def _words(rest: str, shell: tuple[str, ...]) -> tuple[str, ...]:
    """Exec form is a JSON array; everything else is the shell's."""
    if rest.startswith("["):
        try:
            words = json.loads(rest)
        except ValueError:
            words = None
        if isinstance(words, list):
            return tuple(str(word) for word in words)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return (*shell, rest)


def _pairs(rest: str, variables: Mapping[str, str]) -> dict[str, str]:
    """`A=1 B="two words"`, or the old form `A 1`."""
    try:
        words = shlex.split(rest)
    except ValueError:
        words = rest.split()
    if words and "=" not in words[0]:
        if len(words) == 1:
            return {words[0]: ""}
        return {words[0]: _expand(rest.split(None, 1)[1], variables)}
    pairs: dict[str, str] = {}
    for word in words:
        name, _, value = word.partition("=")
        pairs[name] = _expand(value, variables)
    return pairs


def _expand(text: str, variables: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match.group(1) or match.group(2)
        found = variables.get(name, "")
        if match.group(3) == ":-":
            return found or match.group(4)
        if match.group(3) == ":+":
            return match.group(4) if found else ""
        return found

    return re.sub(r"\$(?:(\w+)|\{(\w+)(?:(:[-+])([^}]*))?\})", value, text)
