"""EC2 instance types: the processor architecture that a type's name tells."""

import re

ARCHITECTURES = ("x86_64", "arm64")
"""The architectures an app is built for, as EC2 spells them."""

DOCKER_PLATFORM = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
"""What Docker calls an architecture."""

ECS_ARCHITECTURE = {"x86_64": "X86_64", "arm64": "ARM64"}
"""What a task definition's runtime platform calls it."""

INSTANCE_TYPE = r"[a-z][a-z0-9-]*\.[a-z0-9-]+"
"""The form of an instance type's name, such as `t4g.small`."""


def has_gpu(instance_type: str) -> bool:
    """Return whether an instance type has NVIDIA GPUs, from its name.

    These are the families g, gr and p but those with AMD's GPUs, such as g4ad (Amazon EC2 Instance Types
    guide, "Accelerated computing").
    """
    match = re.match(r"(?:gr?|p)[0-9]+([a-z]*)", instance_type)
    return match is not None and "a" not in match.group(1)


def architecture_of(instance_type: str) -> str:
    """Return the architecture of an instance type, from its name.

    Graviton types have a `g` among the letters after the generation's number, as in t4g, m7gd, c8gn or x2gd,
    and a1 is the first of them (Amazon EC2 Instance Types guide, "Naming conventions").
    """
    family = instance_type.split(".", 1)[0]
    match = re.fullmatch(r"([a-z]+)([0-9]+)([a-z]*)(-.*)?", family)
    if family == "a1" or (match and "g" in match.group(3)):
        return "arm64"
    return "x86_64"
