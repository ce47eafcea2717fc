"""Which arguments change when a configuration key has another value.

What a program decides by a value leaves no mark in what it decides. So it is evaluated again for each key
that it reads, with other values: those of Pulumi.yaml and of the other stacks, those that the program
compared the value with, and where there are none a made-up one. A value that the program refuses tells about
all that is declared before it is refused.
"""

import contextlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moorage.offline import EvaluationError, evaluate

from .declared import Declared, Given, Recorder
from .origins import Origins
from .tracing import Trace, tracing

if TYPE_CHECKING:
    from moorage.plan.plan import Program

_MOST = 4
"""Other values that are tried of one key."""

Where = tuple[str, str, str]
"""A component's class and name, and the path of an argument; the path is empty for the component itself."""


@dataclass(slots=True)
class Influence:
    """The keys that an argument follows from."""

    carried: dict[Where, str] = field(default_factory=dict[Where, str])
    """Where an argument is the value of a key, though it could not be traced."""
    decided: dict[Where, list[str]] = field(default_factory=dict[Where, list[str]])
    """Which keys decide what an argument is, or whether a component is there."""


def declarations(
    program: "Program", stack: str, config: Mapping[str, str], trace: Trace
) -> tuple[list[Declared], EvaluationError | None]:
    """Evaluate a program and return the components it declares, and how it failed."""
    recorder = Recorder(trace)
    failure = None
    with tracing(trace), recorder.recording():
        try:
            evaluate(program, stack=stack, config=config)
        except EvaluationError as error:
            failure = error
    return recorder.found, failure


def influence(
    program: "Program",
    stack: str,
    config: Mapping[str, str],
    origins: Origins,
    trace: Trace,
    base: list[Declared],
) -> Influence:
    """Return what the keys that were read decide."""
    found = Influence()
    before = _values(base)
    for key, kind in sorted(trace.kinds.items()):
        for other in _others(key, kind, origins, trace):
            changed = Trace({**origins.configuration.values, key: other})
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                again, failure = declarations(program, stack, {**config, key: other}, changed)
            _compare(found, key, (trace, changed), before, _values(again), complete=failure is None)
    return found


def _compare(
    found: Influence,
    key: str,
    traces: tuple[Trace, Trace],
    before: dict[Where, Given],
    after: dict[Where, Given],
    *,
    complete: bool,
) -> None:
    reached = {where[:2] for where in after}
    for where, given in before.items():
        if where[:2] not in reached:
            if complete and where[2] == "":
                _decides(found, where, key)
            continue
        if given.key is not None:
            continue
        now = after.get(where)
        if now is not None and _same(given, now):
            continue
        was, is_ = (_parsed(trace, key) for trace in traces)
        if now is not None and not given.source and (given.value, now.value) == (was, is_):
            found.carried[where] = key
        else:
            _decides(found, where, key)


def _decides(found: Influence, where: Where, key: str) -> None:
    keys = found.decided.setdefault(where, [])
    if key not in keys:
        keys.append(key)


def _values(components: list[Declared]) -> dict[Where, Given]:
    found: dict[Where, Given] = {}
    for item in components:
        found[item.kind, item.name, ""] = Given(None)
        for path, given in item.given.items():
            found[item.kind, item.name, path] = given
    return found


def _same(one: Given, two: Given) -> bool:
    """Return whether two values are one; of what comes from a resource, whether it comes from the same."""
    if one.source or two.source:
        return one.source == two.source
    return one.value == two.value and type(one.value) is type(two.value)


def _parsed(trace: Trace, key: str) -> Any:
    """Return a key's value as the program read it."""
    text, kind = trace.values[key], trace.kinds.get(key, "text")
    try:
        return text if kind == "text" else json.loads(text)
    except ValueError:
        return text


def _others(key: str, kind: str, origins: Origins, trace: Trace) -> Iterator[str]:
    """Yield other values of a key."""
    value = trace.values[key]
    if kind == "bool":
        yield "false" if value == "true" else "true"
        return
    known = [*origins.elsewhere(key), *trace.compared.get(key, ())]
    distinct = [text for text in dict.fromkeys(known) if text != value]
    if kind in ("int", "float"):
        with contextlib.suppress(ValueError):
            distinct.insert(0, str(int(value) + 1) if kind == "int" else str(float(value) + 1))
    elif kind == "object" and not distinct:
        distinct = ["[]" if value.startswith("[") else "{}"] if value not in ("[]", "{}") else []
    elif kind == "text" and not distinct:
        distinct = [f"{value}x"]
    yield from distinct[:_MOST]
