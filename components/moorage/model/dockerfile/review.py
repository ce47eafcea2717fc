"""Faults of a build that are found without it."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from moorage.model.build_context import BuildContext

from .checks import read
from .sources import missing_sources
from .stages import stages, target_of
from .syntax import DockerfileError

DOCKERFILE, TARGET, SOURCE = "dockerfile", "target", "source"


class Fault(NamedTuple):
    """A reason that a build fails."""

    kind: str
    """`dockerfile`, `target` or `source`."""
    text: str
    fix: str


def review(
    text: str, context: BuildContext, target: str | None, build_args: Mapping[str, str | None]
) -> Iterator[Fault]:
    """Yield the faults of a Dockerfile in a context; a build argument is None if it is not known yet."""
    try:
        file = read(text)
    except DockerfileError as error:
        yield Fault(DOCKERFILE, str(error), "correct the Dockerfile")
        return
    if not file.standard:
        return
    made = stages(file, build_args)
    try:
        stage = target_of(made, target)
    except ValueError as error:
        advice = "set `target` to one of the stages, or omit it for the last one"
        yield Fault(TARGET, f"target {error}", advice)
        return
    for missing in missing_sources(stage, context):
        yield Fault(SOURCE, f"line {missing.line}: {missing.text}", missing.fix)
