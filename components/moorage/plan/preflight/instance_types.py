"""EC2 instance types: vCPUs, memory and network interfaces of the common families, without bare metal.

Reviewed in August 2026 against two generated tables that agree: amazon-vpc-cni-k8s,
pkg/vpc/vpc_ip_resource_limit.go, and the page "Instance Types" of Karpenter's reference; both are made from
EC2's DescribeInstanceTypes ("Maximum IP addresses per network interface", Amazon EC2 Instance Types guide).
"""

from functools import cache
from typing import NamedTuple

_COMMON = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"
_SIZES = {
    "c5": "large xlarge 2xlarge 4xlarge 9xlarge 12xlarge 18xlarge 24xlarge",
    "c7i-flex m7i-flex": _COMMON,
    "c5a m5 m5a r5 r5a": f"{_COMMON} 24xlarge",
    "c6i m6i r6i": f"{_COMMON} 24xlarge 32xlarge",
    "c6a m6a r6a": f"{_COMMON} 24xlarge 32xlarge 48xlarge",
    "c7i m7i r7i": f"{_COMMON} 24xlarge 48xlarge",
    "c6g c7g m6g m7g r6g r7g": f"medium {_COMMON}",
    "c8g m8g r8g": f"medium {_COMMON} 24xlarge 48xlarge",
    "c7a m7a r7a": f"medium {_COMMON} 24xlarge 32xlarge 48xlarge",
}
"""The sizes of families whose vCPUs and network interfaces depend on the size only."""

_GIB_PER_VCPU = {"c": 2, "m": 4, "r": 8}
_VCPUS = {"medium": 1, "large": 2, "xlarge": 4}
"""Of the sizes that are not a multiple of `xlarge`."""

_BURSTABLE = {
    "nano": (2, 512, 2),
    "micro": (2, 1024, 2),
    "small": (2, 2048, 3),
    "medium": (2, 4096, 3),
    "large": (2, 8192, 3),
    "xlarge": (4, 16384, 4),
    "2xlarge": (8, 32768, 4),
}
"""vCPUs, memory in MiB and network interfaces of t3, t3a and t4g."""


class InstanceType(NamedTuple):
    """The resources of one instance."""

    name: str
    cpu: int
    """CPU units, 1024 a vCPU."""
    installed: int
    """MiB."""
    interfaces: int
    """Elastic network interfaces, including the primary one."""

    @property
    def memory(self) -> int:
        """Return the maximum MiB for tasks, without the kernel's share.

        The ECS agent registers what the kernel reports, 7985 MiB of 8192 in the example of "Reserving Amazon
        ECS Linux container instance memory"; small instances have less still.
        """
        return self.installed * 7985 // 8192


def _interfaces(vcpus: int) -> int:
    """Return the network interfaces of an instance that is not burstable."""
    bounds = ((1, 2), (2, 3), (8, 4), (48, 8))
    return next((number for most, number in bounds if vcpus <= most), 15)


@cache
def _types() -> dict[str, InstanceType]:
    instance_types = [
        InstanceType(f"{family}.{size}", vcpus * 1024, memory, interfaces)
        for family in ("t3", "t3a", "t4g")
        for size, (vcpus, memory, interfaces) in _BURSTABLE.items()
    ]
    for families, sizes in _SIZES.items():
        for family in families.split():
            for size in sizes.split():
                vcpus = _VCPUS.get(size) or 4 * int(size.removesuffix("xlarge"))
                memory = vcpus * 1024 * _GIB_PER_VCPU[family[0]]
                instance_types.append(
                    InstanceType(f"{family}.{size}", vcpus * 1024, memory, _interfaces(vcpus))
                )
    # The one exception.
    instance_types.append(InstanceType("t3a.small", 2048, 2048, 2))
    return {row.name: row for row in instance_types}


def instance_type(name: str) -> InstanceType | None:
    """Return a type by name; None if it is not in the table."""
    return _types().get(name)
