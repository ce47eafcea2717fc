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
