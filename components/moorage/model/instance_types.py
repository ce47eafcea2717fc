"""EC2 instance types, and the processor architecture that a type's name gives."""

import re

from .choices import Architecture

DOCKER_PLATFORM: dict[str, str] = {Architecture.X86_64: "linux/amd64", Architecture.ARM64: "linux/arm64"}
"""The platform of an architecture in Docker."""

ECS_ARCHITECTURE: dict[str, str] = {Architecture.X86_64: "X86_64", Architecture.ARM64: "ARM64"}
"""The architecture in a task definition's runtime platform."""

DEFAULT_INSTANCE_TYPE: dict[str, str] = {Architecture.X86_64: "t3.small", Architecture.ARM64: "t4g.small"}
"""The default instance type of a cluster."""

FALLBACK_INSTANCE_TYPE: dict[str, str] = {Architecture.X86_64: "t3a.small", Architecture.ARM64: "t4g.medium"}
"""The second default in production: AWS can run out of one type."""

INSTANCE_TYPE = r"[a-z][a-z0-9-]*\.[a-z0-9-]+"
"""The form of an instance type's name, such as `t4g.small`."""


_SINGLE = dict.fromkeys(("xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge"), 1)
_UP_TO_8 = {**_SINGLE, "12xlarge": 4, "24xlarge": 4, "48xlarge": 8}
_8_IN_24XLARGE, _8_IN_48XLARGE = {"24xlarge": 8}, {"48xlarge": 8}

_GPUS_BY_SIZE = {
    "g3": {"4xlarge": 1, "8xlarge": 2, "16xlarge": 4},
    "g3s": {"xlarge": 1},
    "g4dn": {**_SINGLE, "12xlarge": 4},
    "g5": _UP_TO_8,
    "g5g": {**_SINGLE, "16xlarge": 2},
    "g6": _UP_TO_8,
    "g6e": _UP_TO_8,
    "gr6": {"4xlarge": 1, "8xlarge": 1},
    "p3": {"2xlarge": 1, "8xlarge": 4, "16xlarge": 8},
    "p3dn": _8_IN_24XLARGE,
    "p4d": _8_IN_24XLARGE,
    "p4de": _8_IN_24XLARGE,
    "p5": _8_IN_48XLARGE,
    "p5e": _8_IN_48XLARGE,
    "p5en": _8_IN_48XLARGE,
}


def gpus_of(instance_type: str) -> int | None:
    """Return the number of GPUs of an instance type; None if it is not in the table (Amazon EC2 Instance
    Types guide, "Specifications for Amazon EC2 accelerated computing instances")."""
    family, _, size = instance_type.partition(".")
    return _GPUS_BY_SIZE.get(family, {}).get(size)


def has_gpu(instance_type: str) -> bool:
    """Return whether an instance type has NVIDIA GPUs, by its name.

    They are the families g, gr and p except those with AMD's GPUs, such as g4ad (Amazon EC2 Instance Types
    guide, "Accelerated computing").
    """
    match = re.match(r"(?:gr?|p)[0-9]+([a-z]*)", instance_type)
    return match is not None and "a" not in match.group(1)


def architecture_of(instance_type: str) -> Architecture:
    """Return the architecture of an instance type, by its name.

    Graviton types have a `g` among the letters after the generation's number, as in t4g, m7gd, c8gn or x2gd;
    the first is a1 (Amazon EC2 Instance Types guide, "Naming conventions").
    """
    family = instance_type.split(".", 1)[0]
    match = re.fullmatch(r"([a-z]+)([0-9]+)([a-z]*)(-.*)?", family)
    if family == "a1" or (match and "g" in match.group(3)):
        return Architecture.ARM64
    return Architecture.X86_64
