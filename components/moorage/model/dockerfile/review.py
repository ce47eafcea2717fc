"""What is wrong with a build, found before anything is built."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from moorage.model.build_context import BuildContext

from .checks import read
from .sources import missing_sources
from .stages import stages, target_of
from .syntax import DockerfileError

DOCKERFILE, TARGET, SOURCE = "dockerfile", "target", "source"


class Fault(NamedTuple):
    """Why a build will fail."""

    kind: str
    """`dockerfile`, `target` or `source`."""
    text: str
    fix: str


def review(
    text: str, context: BuildContext, target: str | None, build_args: Mapping[str, str | None]
) -> Iterator[Fault]:
    """Yield why a Dockerfile cannot be built in a context.

    Args:
        text: the Dockerfile's content.
        context: what is sent with it.
        target: the stage to build, the last one by default.
        build_args: values of its ARGs; None for one that is not known yet.
    """
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
        yield Fault(
            TARGET, f"target {error}", "set `target` to one of the stages, or omit it for the last one"
        )
        return
    for missing in missing_sources(stage, context):
        yield Fault(SOURCE, f"line {missing.line}: {missing.text}", missing.fix)
