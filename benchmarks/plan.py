"""The time of `moorage plan`, as a whole process.

    .venv/bin/python benchmarks/plan.py [--rounds 5]

Numbers to hold (docs/performance.md): the sample in at most 2 s, a program of 100 apps in at most 8 s, wall
clock, each from a cold process with warm files. The other ways to call it are printed for comparison. Exit
code 1 when a number is not held.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from measure import PROGRAMS, REPOSITORY, Run, run, spread, table, verdict

SAMPLE_SECONDS = 2.0
APPS, APPS_SECONDS = 100, 8.0
COMMAND = [sys.executable, "-m", "moorage.cli", "plan"]


def apps(folder: Path) -> Path:
    """Write a project of many apps."""
    (folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text(
        f"import sys\nsys.path.insert(0, {str(PROGRAMS)!r})\n"
        f"from moorage_apps import program\nprogram({APPS})\n"
    )
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        many = apps(Path(name))
        calls: dict[str, list[object]] = {
            "sample, dev": ["--cwd", REPOSITORY],
            "sample, prod": ["--cwd", REPOSITORY, "--stack", "prod"],
            "sample, --json": ["--cwd", REPOSITORY, "--json"],
            "sample, --preview": ["--cwd", REPOSITORY, "--preview"],
            "sample, --explain": ["--cwd", REPOSITORY, "--explain"],
            "sample, --diff prod": ["--cwd", REPOSITORY, "--diff", "prod"],
            f"{APPS} apps": ["--cwd", many],
            f"{APPS} apps, --preview": ["--cwd", many, "--preview"],
        }
        found: dict[str, list[Run]] = {}
        for what, options in calls.items():
            run([*COMMAND, *options])
            found[what] = [run([*COMMAND, *options]) for _ in range(rounds)]
    table(
        ("moorage plan of", "wall s", "CPU s", "peak MiB"),
        [
            (
                what,
                spread(r.wall for r in runs),
                spread(r.cpu for r in runs),
                spread((r.peak for r in runs), 0),
            )
            for what, runs in found.items()
        ],
    )
    median = {what: statistics.median(r.wall for r in runs) for what, runs in found.items()}
    return verdict(
        {
            f"the sample, dev and prod, in at most {SAMPLE_SECONDS} s": max(
                median["sample, dev"], median["sample, prod"]
            )
            <= SAMPLE_SECONDS,
            f"{APPS} apps in at most {APPS_SECONDS} s": median[f"{APPS} apps"] <= APPS_SECONDS,
        }
    )


if __name__ == "__main__":
    sys.exit(main())
