"""`import moorage` against `import pulumi_aws`, which it stands on.

    .venv/bin/python benchmarks/import_time.py [--rounds 15]

Number to hold (performance.md, item 1): at most 1.15 times, CPU and wall, and no module of an AWS service is
loaded: those load when a program first uses one. Each import is timed inside a fresh interpreter. Exit code 1
when a number is not held.
"""

import argparse
import json
import statistics
import sys

from measure import Run, ratios, run, spread, table, turns, verdict

MAX_RATIO = 1.15

CODE = """
import json, resource, sys, time
wall, cpu = time.perf_counter(), time.process_time()
import {module}
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
services = [name for name, it in sys.modules.items() if name.startswith("pulumi_aws.")
            and name.count(".") == 1 and type(it) is type(sys) and "__path__" in vars(it)]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([wall, cpu, peak, " ".join(services)]))
"""
"""What is imported lazily stands in sys.modules from the start, with a type of its own until it is loaded."""


def timed(module: str) -> Run:
    """Return the seconds of the import alone; the output names the service modules that are loaded."""
    return Run(*json.loads(run([sys.executable, "-c", CODE.format(module=module)]).output))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    ours, theirs = turns(rounds, lambda: timed("moorage"), lambda: timed("pulumi_aws"))
    print("milliseconds of the import, peak MiB of the process; median (range)")
    table(
        ("import", "CPU", "wall", "MiB"),
        (
            (
                name,
                spread((r.cpu * 1000 for r in runs), 0),
                spread((r.wall * 1000 for r in runs), 0),
                spread((r.peak for r in runs), 1),
            )
            for name, runs in (("moorage", ours), ("pulumi_aws", theirs))
        ),
    )
    cpu, wall = ratios(ours, theirs, "cpu"), ratios(ours, theirs, "wall")
    print(f"ratio: CPU {spread(cpu)}, wall {spread(wall)}")
    print(f"service modules loaded by moorage: {ours[0].output or 'none'}")
    return verdict(
        {
            f"at most {MAX_RATIO} times the CPU": statistics.median(cpu) <= MAX_RATIO,
            f"at most {MAX_RATIO} times the wall time": statistics.median(wall) <= MAX_RATIO,
            "no service module loaded": not ours[0].output,
        }
    )


if __name__ == "__main__":
    sys.exit(main())
