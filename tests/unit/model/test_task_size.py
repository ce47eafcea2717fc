import pytest
from support.fixtures import Lines

from moorage.model.task_size import check_ec2_size, check_fargate_size

GIB = 1024
LEGAL = {
    256: [512, 1 * GIB, 2 * GIB],
    512: [n * GIB for n in range(1, 5)],
    1024: [n * GIB for n in range(2, 9)],
    2048: [n * GIB for n in range(4, 17)],
    4096: [n * GIB for n in range(8, 31)],
    8192: [n * GIB for n in range(16, 61, 4)],
    16384: [n * GIB for n in range(32, 121, 8)],
    32768: [60 * GIB, 120 * GIB, 244 * GIB],
}
PAIRS = [(cpu, memory) for cpu, sizes in LEGAL.items() for memory in sizes]
NEIGHBOURS = sorted(
    {(cpu, memory + step) for cpu, memory in PAIRS for step in (-512, -1, 1, 512, 1024, 4096, 8192)}
    - set(PAIRS)
)


@pytest.mark.parametrize(("cpu", "memory"), PAIRS)
def test_every_pair_that_fargate_runs(problem_lines: Lines, cpu: int, memory: int) -> None:
    assert problem_lines(check_fargate_size, cpu, memory) == []


def test_every_neighbour_of_a_pair_is_refused(problem_lines: Lines) -> None:
    accepted = [pair for pair in NEIGHBOURS if not problem_lines(check_fargate_size, *pair)]
    assert accepted == []


@pytest.mark.parametrize("cpu", [0, 128, 255, 257, 768, 3072, 6144, 32767, 65536])
def test_other_cpus(problem_lines: Lines, cpu: int) -> None:
    (line,) = problem_lines(check_fargate_size, cpu, 1024)
    assert line == (f"cpu: {cpu}: Fargate supports 256, 512, 1024, 2048, 4096, 8192, 16384, 32768 CPU units")


@pytest.mark.parametrize(
    ("cpu", "memory", "text"),
    [
        (256, 700, "with 256 CPU units Fargate supports 512, 1024, 2048 MiB; nearest: 512"),
        (256, 768, "with 256 CPU units Fargate supports 512, 1024, 2048 MiB; nearest: 1024"),
        (1024, 512, "with 1024 CPU units Fargate supports 2048 to 8192 MiB in steps of 1024; nearest: 2048"),
        (32768, 200000, "with 32768 CPU units Fargate supports 61440, 122880, 249856 MiB; nearest: 249856"),
    ],
)
def test_the_nearest_legal_memory_is_named(problem_lines: Lines, cpu: int, memory: int, text: str) -> None:
    assert problem_lines(check_fargate_size, cpu, memory) == [f"memory: {memory}: {text}"]


@pytest.mark.parametrize(
    ("cpu", "memory", "wrong"), [(128, 6, []), (196608, 10**6, []), (127, 5, ["cpu", "memory"])]
)
def test_bounds_on_instances(problem_lines: Lines, cpu: int, memory: int, wrong: list[str]) -> None:
    assert [line.split(":")[0] for line in problem_lines(check_ec2_size, cpu, memory)] == wrong
