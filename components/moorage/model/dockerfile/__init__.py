"""Dockerfiles as BuildKit reads them ("Dockerfile reference"), without a build.

`dockerfile-parse` (last release 2.0.1, 2023) knows neither here-documents nor SHELL, and checks nothing.
"""

from .checks import read
from .review import DOCKERFILE, SOURCE, TARGET, Fault, review
from .stages import Stage, expand, runs_on_target, stages, target_of
from .syntax import DockerfileError

__all__ = [
    "DOCKERFILE",
    "SOURCE",
    "TARGET",
    "DockerfileError",
    "Fault",
    "Stage",
    "expand",
    "read",
    "review",
    "runs_on_target",
    "stages",
    "target_of",
]
