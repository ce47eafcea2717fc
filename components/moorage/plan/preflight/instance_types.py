"""EC2 instance types: vCPUs, memory and network interfaces of the common families, without bare metal.

Reviewed in August 2026 against two generated tables that agree: amazon-vpc-cni-k8s,
pkg/vpc/vpc_ip_resource_limit.go, and the page "Instance Types" of Karpenter's reference; both are made from
EC2's DescribeInstanceTypes ("Maximum IP addresses per network interface", Amazon EC2 Instance Types guide).
"""

from functools import cache
from typing import NamedTuple

_TYPES = """
t3: nano 2 512 2, micro 2 1024 2, small 2 2048 3, medium 2 4096 3, large 2 8192 3, xlarge 4 16384 4,
  2xlarge 8 32768 4
t3a: nano 2 512 2, micro 2 1024 2, small 2 2048 2, medium 2 4096 3, large 2 8192 3, xlarge 4 16384 4,
  2xlarge 8 32768 4
t4g: nano 2 512 2, micro 2 1024 2, small 2 2048 3, medium 2 4096 3, large 2 8192 3, xlarge 4 16384 4,
  2xlarge 8 32768 4
m5: large 2 8192 3, xlarge 4 16384 4, 2xlarge 8 32768 4, 4xlarge 16 65536 8, 8xlarge 32 131072 8,
  12xlarge 48 196608 8, 16xlarge 64 262144 15, 24xlarge 96 393216 15
m5a: large 2 8192 3, xlarge 4 16384 4, 2xlarge 8 32768 4, 4xlarge 16 65536 8, 8xlarge 32 131072 8,
  12xlarge 48 196608 8, 16xlarge 64 262144 15, 24xlarge 96 393216 15
m6i: large 2 8192 3, xlarge 4 16384 4, 2xlarge 8 32768 4, 4xlarge 16 65536 8, 8xlarge 32 131072 8,
  12xlarge 48 196608 8, 16xlarge 64 262144 15, 24xlarge 96 393216 15, 32xlarge 128 524288 15
m6a: large 2 8192 3, xlarge 4 16384 4, 2xlarge 8 32768 4, 4xlarge 16 65536 8, 8xlarge 32 131072 8,
  12xlarge 48 196608 8, 16xlarge 64 262144 15, 24xlarge 96 393216 15, 32xlarge 128 524288 15, 48xlarge
  192 786432 15
m6g: medium 1 4096 2, large 2 8192 3, xlarge 4 16384 4, 2xlarge 8 32768 4, 4xlarge 16 65536 8, 8xlarge
  32 131072 8, 12xlarge 48 196608 8, 16xlarge 64 262144 15
m7i: large 2 8192 3, xlarge 4 16384 4, 2xlarge 8 32768 4, 4xlarge 16 65536 8, 8xlarge 32 131072 8,
  12xlarge 48 196608 8, 16xlarge 64 262144 15, 24xlarge 96 393216 15, 48xlarge 192 786432 15
m7i-flex: large 2 8192 3, xlarge 4 16384 4, 2xlarge 8 32768 4, 4xlarge 16 65536 8, 8xlarge 32 131072 8,
  12xlarge 48 196608 8, 16xlarge 64 262144 15
m7a: medium 1 4096 2, large 2 8192 3, xlarge 4 16384 4, 2xlarge 8 32768 4, 4xlarge 16 65536 8, 8xlarge
  32 131072 8, 12xlarge 48 196608 8, 16xlarge 64 262144 15, 24xlarge 96 393216 15, 32xlarge 128 524288
  15, 48xlarge 192 786432 15
m7g: medium 1 4096 2, large 2 8192 3, xlarge 4 16384 4, 2xlarge 8 32768 4, 4xlarge 16 65536 8, 8xlarge
  32 131072 8, 12xlarge 48 196608 8, 16xlarge 64 262144 15
m8g: medium 1 4096 2, large 2 8192 3, xlarge 4 16384 4, 2xlarge 8 32768 4, 4xlarge 16 65536 8, 8xlarge
  32 131072 8, 12xlarge 48 196608 8, 16xlarge 64 262144 15, 24xlarge 96 393216 15, 48xlarge 192 786432
  15
c5: large 2 4096 3, xlarge 4 8192 4, 2xlarge 8 16384 4, 4xlarge 16 32768 8, 9xlarge 36 73728 8, 12xlarge
  48 98304 8, 18xlarge 72 147456 15, 24xlarge 96 196608 15
c5a: large 2 4096 3, xlarge 4 8192 4, 2xlarge 8 16384 4, 4xlarge 16 32768 8, 8xlarge 32 65536 8,
  12xlarge 48 98304 8, 16xlarge 64 131072 15, 24xlarge 96 196608 15
c6i: large 2 4096 3, xlarge 4 8192 4, 2xlarge 8 16384 4, 4xlarge 16 32768 8, 8xlarge 32 65536 8,
  12xlarge 48 98304 8, 16xlarge 64 131072 15, 24xlarge 96 196608 15, 32xlarge 128 262144 15
c6a: large 2 4096 3, xlarge 4 8192 4, 2xlarge 8 16384 4, 4xlarge 16 32768 8, 8xlarge 32 65536 8,
  12xlarge 48 98304 8, 16xlarge 64 131072 15, 24xlarge 96 196608 15, 32xlarge 128 262144 15, 48xlarge
  192 393216 15
c6g: medium 1 2048 2, large 2 4096 3, xlarge 4 8192 4, 2xlarge 8 16384 4, 4xlarge 16 32768 8, 8xlarge 32
  65536 8, 12xlarge 48 98304 8, 16xlarge 64 131072 15
c7i: large 2 4096 3, xlarge 4 8192 4, 2xlarge 8 16384 4, 4xlarge 16 32768 8, 8xlarge 32 65536 8,
  12xlarge 48 98304 8, 16xlarge 64 131072 15, 24xlarge 96 196608 15, 48xlarge 192 393216 15
c7i-flex: large 2 4096 3, xlarge 4 8192 4, 2xlarge 8 16384 4, 4xlarge 16 32768 8, 8xlarge 32 65536 8,
  12xlarge 48 98304 8, 16xlarge 64 131072 15
c7a: medium 1 2048 2, large 2 4096 3, xlarge 4 8192 4, 2xlarge 8 16384 4, 4xlarge 16 32768 8, 8xlarge 32
  65536 8, 12xlarge 48 98304 8, 16xlarge 64 131072 15, 24xlarge 96 196608 15, 32xlarge 128 262144 15,
  48xlarge 192 393216 15
c7g: medium 1 2048 2, large 2 4096 3, xlarge 4 8192 4, 2xlarge 8 16384 4, 4xlarge 16 32768 8, 8xlarge 32
  65536 8, 12xlarge 48 98304 8, 16xlarge 64 131072 15
c8g: medium 1 2048 2, large 2 4096 3, xlarge 4 8192 4, 2xlarge 8 16384 4, 4xlarge 16 32768 8, 8xlarge 32
  65536 8, 12xlarge 48 98304 8, 16xlarge 64 131072 15, 24xlarge 96 196608 15, 48xlarge 192 393216 15
r5: large 2 16384 3, xlarge 4 32768 4, 2xlarge 8 65536 4, 4xlarge 16 131072 8, 8xlarge 32 262144 8,
  12xlarge 48 393216 8, 16xlarge 64 524288 15, 24xlarge 96 786432 15
r5a: large 2 16384 3, xlarge 4 32768 4, 2xlarge 8 65536 4, 4xlarge 16 131072 8, 8xlarge 32 262144 8,
  12xlarge 48 393216 8, 16xlarge 64 524288 15, 24xlarge 96 786432 15
r6i: large 2 16384 3, xlarge 4 32768 4, 2xlarge 8 65536 4, 4xlarge 16 131072 8, 8xlarge 32 262144 8,
  12xlarge 48 393216 8, 16xlarge 64 524288 15, 24xlarge 96 786432 15, 32xlarge 128 1048576 15
r6a: large 2 16384 3, xlarge 4 32768 4, 2xlarge 8 65536 4, 4xlarge 16 131072 8, 8xlarge 32 262144 8,
  12xlarge 48 393216 8, 16xlarge 64 524288 15, 24xlarge 96 786432 15, 32xlarge 128 1048576 15, 48xlarge
  192 1572864 15
r6g: medium 1 8192 2, large 2 16384 3, xlarge 4 32768 4, 2xlarge 8 65536 4, 4xlarge 16 131072 8, 8xlarge
  32 262144 8, 12xlarge 48 393216 8, 16xlarge 64 524288 15
r7i: large 2 16384 3, xlarge 4 32768 4, 2xlarge 8 65536 4, 4xlarge 16 131072 8, 8xlarge 32 262144 8,
  12xlarge 48 393216 8, 16xlarge 64 524288 15, 24xlarge 96 786432 15, 48xlarge 192 1572864 15
r7a: medium 1 8192 2, large 2 16384 3, xlarge 4 32768 4, 2xlarge 8 65536 4, 4xlarge 16 131072 8, 8xlarge
  32 262144 8, 12xlarge 48 393216 8, 16xlarge 64 524288 15, 24xlarge 96 786432 15, 32xlarge 128 1048576
  15, 48xlarge 192 1572864 15
r7g: medium 1 8192 2, large 2 16384 3, xlarge 4 32768 4, 2xlarge 8 65536 4, 4xlarge 16 131072 8, 8xlarge
  32 262144 8, 12xlarge 48 393216 8, 16xlarge 64 524288 15
r8g: medium 1 8192 2, large 2 16384 3, xlarge 4 32768 4, 2xlarge 8 65536 4, 4xlarge 16 131072 8, 8xlarge
  32 262144 8, 12xlarge 48 393216 8, 16xlarge 64 524288 15, 24xlarge 96 786432 15, 48xlarge 192 1572864
  15
"""
"""Each family with its sizes: vCPUs, memory in MiB, network interfaces."""


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


@cache
def _types() -> dict[str, InstanceType]:
    found: dict[str, InstanceType] = {}
    for family in _TYPES.strip().replace("\n  ", " ").splitlines():
        name, _, sizes = family.partition(": ")
        for entry in sizes.split(", "):
            size, vcpus, memory, interfaces = entry.split()
            full = f"{name}.{size}"
            found[full] = InstanceType(full, int(vcpus) * 1024, int(memory), int(interfaces))
    return found


def instance_type(name: str) -> InstanceType | None:
    """Return a type by name; None if it is not in the table."""
    return _types().get(name)
