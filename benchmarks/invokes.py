"""The number of invokes of a program, and how many of them wait for the answer.

    .venv/bin/python benchmarks/invokes.py

Numbers to hold (docs/performance.md): at most 3 invokes in a program, whatever its number of apps, and
none of them plain: `aws.ec2.get_vpc()` stops the program until the provider answers, and makes the SDK look
at everything that was declared before; the `get_vpc_output()` forms do neither. Counted offline for programs
of 1, 10 and 100 apps from image references, for 10 apps whose images are built, and for the stacks of this
repository. Exit code 1 when a number is not held.
"""

import contextlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pulumi
from measure import REPOSITORY, table, verdict
from programs.moorage_apps import program

from moorage import ContainerApp, EcsCluster, Network
from moorage.offline import evaluate

MAX_INVOKES = 3
BUILT = 10


def built() -> None:
    """A program of several apps whose images are built, from contexts of their own."""
    network = Network("bench", {})
    cluster = EcsCluster("bench", {})
    for index in range(BUILT):
        context = Path(f"app-{index}")
        context.mkdir()
        (context / "Dockerfile").write_text("FROM scratch\n")
        ContainerApp(
            f"app-{index}",
            {"cluster": cluster.ref, "network": network.ref, "build": {"context": str(context)}},
        )


def counted(what: str | Path | Callable[[], None], stack: str = "dev") -> tuple[int, int]:
    """Return how many invokes a program makes, and how many of them are plain."""
    plain: list[object] = []
    originals = {name: getattr(pulumi.runtime, name) for name in ("invoke", "invoke_async")}

    def counting(original: Callable[..., object]) -> Callable[..., object]:
        def call(token: object, *rest: object, **more: object) -> object:
            plain.append(token)
            return original(token, *rest, **more)

        return call

    try:
        for name, original in originals.items():
            setattr(pulumi.runtime, name, counting(original))
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            return len(evaluate(what, stack=stack).invokes), len(plain)
    finally:
        for name, original in originals.items():
            setattr(pulumi.runtime, name, original)


def main() -> int:
    rows = [(f"{n} apps", *counted(lambda n=n: program(n))) for n in (1, 10, 100)]
    rows.append((f"{BUILT} apps, built", *counted(built)))
    for stack in ("dev", "prod"):
        rows.append((f"this repository, {stack}", *counted(REPOSITORY, stack)))
    table(("program", "invokes", "plain"), rows)
    return verdict(
        {
            f"at most {MAX_INVOKES} invokes": max(total for _, total, _ in rows) <= MAX_INVOKES,
            "none plain": sum(plain for _, _, plain in rows) == 0,
        }
    )


if __name__ == "__main__":
    sys.exit(main())
