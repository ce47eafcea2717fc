"""Task sizes: the pairs of CPU and memory that Fargate supports, and the bounds on EC2."""

from .problems import Problems

_FARGATE_MEMORY: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
    32768: (61440, 122880, 249856),
}
"""Memory in MiB by CPU units (Amazon ECS Developer Guide, "Task definition parameters", task size; the table
that cfn-lint's rule E3047 holds)."""


def check_size(fargate: bool, cpu: int, memory: int, problems: Problems, where: str = "") -> None:
    """Check the CPU units (1024 = 1 vCPU) and MiB of a task; `where` stands before the fields' names."""
    check = check_fargate_size if fargate else check_ec2_size
    check(cpu, memory, problems, where)


def check_fargate_size(cpu: int, memory: int, problems: Problems, where: str = "") -> None:
    """Check a pair of CPU units and MiB against those that Fargate supports."""
    sizes = _FARGATE_MEMORY.get(cpu)
    if sizes is None:
        problems.add(f"{where}cpu", cpu, f"Fargate supports {', '.join(map(str, _FARGATE_MEMORY))} CPU units")
    elif memory not in sizes:
        nearest = min(sizes, key=lambda size: (abs(size - memory), -size))
        allowed = f"with {cpu} CPU units Fargate supports {_described(sizes)}; nearest: {nearest}"
        problems.add(f"{where}memory", memory, allowed)


def fargate_size(cpu: int, memory: int) -> tuple[int, int] | None:
    """Return the smallest pair of CPU units and MiB of Fargate that holds both; None if there is none."""
    for units, sizes in _FARGATE_MEMORY.items():
        fitting = [size for size in sizes if size >= memory]
        if units >= cpu and fitting:
            return units, fitting[0]
    return None


def _described(sizes: tuple[int, ...]) -> str:
    if len(sizes) <= 4:
        return f"{', '.join(map(str, sizes))} MiB"
    return f"{sizes[0]} to {sizes[-1]} MiB in steps of {sizes[1] - sizes[0]}"


def check_ec2_size(cpu: int, memory: int, problems: Problems, where: str = "") -> None:
    """Check CPU units and MiB of a task on EC2 (API reference, RegisterTaskDefinition, cpu)."""
    if not 128 <= cpu <= 196608:
        problems.add(f"{where}cpu", cpu, "must be from 128 to 196608 CPU units (1024 = 1 vCPU)")
    if memory < 6:
        problems.add(f"{where}memory", memory, "must be at least 6 MiB")
