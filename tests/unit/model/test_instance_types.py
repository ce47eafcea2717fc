import re

import pytest

from moorage.model.choices import Architecture
from moorage.model.instance_types import (
    DEFAULT_INSTANCE_TYPE,
    DOCKER_PLATFORM,
    ECS_ARCHITECTURE,
    INSTANCE_TYPE,
    architecture_of,
    gpus_of,
    has_gpu,
)

ARM = (
    "a1.large t4g.nano m6g.large m7gd.4xlarge c6gn.medium c8gn.large r8gd.large x2gd.large "
    "im4gn.large is4gen.large g5g.xlarge hpc7g.4xlarge i8ge.large"
)
X86 = (
    "t2.micro t3.small t3a.small m5.large c5n.large g4dn.xlarge g4ad.xlarge g5.xlarge g6.xlarge "
    "inf2.xlarge trn1.2xlarge x2iezn.metal u-6tb1.metal u7i-12tb.224xlarge d3en.large p5en.48xlarge "
    "mac1.metal"
)


@pytest.mark.parametrize("name", ARM.split())
def test_graviton(name: str) -> None:
    assert architecture_of(name) == "arm64"
    assert re.fullmatch(INSTANCE_TYPE, name)


@pytest.mark.parametrize("name", X86.split())
def test_x86(name: str) -> None:
    assert architecture_of(name) == "x86_64"
    assert re.fullmatch(INSTANCE_TYPE, name)


@pytest.mark.parametrize("name", ["t3", "t3.", ".small", "T3.small", "t3 .small", "", "3t.small"])
def test_no_instance_types(name: str) -> None:
    assert not re.fullmatch(INSTANCE_TYPE, name)


def test_every_architecture_has_a_platform_a_spelling_and_a_default() -> None:
    assert set(DOCKER_PLATFORM) == set(ECS_ARCHITECTURE) == set(DEFAULT_INSTANCE_TYPE) == set(Architecture)
    assert {arch: architecture_of(kind) for arch, kind in DEFAULT_INSTANCE_TYPE.items()} == {
        arch: arch for arch in Architecture
    }


@pytest.mark.parametrize(
    "name", ["g4dn.xlarge", "g5.2xlarge", "gr6.4xlarge", "g6e.xlarge", "p4d.24xlarge", "p5en.48xlarge"]
)
def test_types_with_nvidia_gpus(name: str) -> None:
    """Amazon EC2 Instance Types guide, "Accelerated computing"."""
    assert has_gpu(name)


@pytest.mark.parametrize(
    "name", ["g4ad.xlarge", "t3.small", "m7g.large", "inf2.xlarge", "trn1.2xlarge", "vt1.3xlarge"]
)
def test_types_without(name: str) -> None:
    assert not has_gpu(name)


@pytest.mark.parametrize(
    ("name", "gpus"),
    [
        *(("g4dn.xlarge", 1), ("g4dn.12xlarge", 4), ("g5.xlarge", 1), ("g5.16xlarge", 1), ("g5.24xlarge", 4)),
        *(("g6.48xlarge", 8), ("g5g.16xlarge", 2), ("p3.8xlarge", 4), ("p4d.24xlarge", 8)),
        *(("p5.48xlarge", 8), ("t3.small", None), ("g4ad.xlarge", None), ("g99.xlarge", None)),
    ],
)
def test_the_number_of_gpus(name: str, gpus: int | None) -> None:
    assert gpus_of(name) == gpus
    assert gpus is None or has_gpu(name)
