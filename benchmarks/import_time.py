"""Importing the components against `import pulumi_aws`, which they stand on.

    .venv/bin/python benchmarks/import_time.py [--rounds 15]

Number to hold (docs/performance.md): at most 1.15 times, CPU and wall, and no module of an AWS service is
loaded: those load when a program first uses one. What is held is the import of the four components that every
program uses. Two more are printed beside it: `import moorage` alone, which loads a component when it is first
asked for, and the components with their models and `pulumi_aws`, which load with the first of each. Each
import is timed inside a fresh interpreter. Exit code 1 when a number is not held.
"""

import argparse
import json
import statistics
import sys

from measure import Run, ratios, run, spread, table, turns, verdict

MAX_RATIO = 1.15

COMPONENTS = "from moorage import ContainerApp, EcsCluster, LoadBalancer, Network"
FIRST_OF_EACH = "; ".join(
    f"import moorage.resources.{kind}.assembly" for kind in ("app", "cluster", "load_balancer", "network")
)
NAMES = {
    COMPONENTS: COMPONENTS,
    FIRST_OF_EACH: "... and what the first of each loads",
    "import moorage": "import moorage",
    "import pulumi_aws": "import pulumi_aws",
}

CODE = """
import json, resource, sys, time
wall, cpu = time.perf_counter(), time.process_time()
{statement}
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
services = [name for name, it in sys.modules.items() if name.startswith("pulumi_aws.")
            and name.count(".") == 1 and type(it) is type(sys) and "__path__" in vars(it)]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([wall, cpu, peak, " ".join(services)]))
"""
"""What is imported lazily stands in sys.modules from the start, with a type of its own until it is loaded."""


def timed(statement: str) -> Run:
    """Return the seconds of the import alone; the output names the service modules that are loaded."""
    return Run(*json.loads(run([sys.executable, "-c", CODE.format(statement=statement)]).output))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    found = turns(rounds, *(lambda s=s: timed(s) for s in NAMES))
    print("milliseconds of the import, peak MiB of the process; median (range)")
    table(
        ("", "CPU", "wall", "MiB"),
        (
            (
                name,
                spread((r.cpu * 1000 for r in runs), 0),
                spread((r.wall * 1000 for r in runs), 0),
                spread((r.peak for r in runs), 1),
            )
            for name, runs in zip(NAMES.values(), found, strict=True)
        ),
    )
    components, first, _, pulumi_aws = found
    cpu, wall = ratios(components, pulumi_aws, "cpu"), ratios(components, pulumi_aws, "wall")
    services = first[0].output
    print(f"ratio of the first to the last: CPU {spread(cpu)}, wall {spread(wall)}")
    print(f"ratio of the second to the last: CPU {spread(ratios(first, pulumi_aws, 'cpu'))}")
    print(f"service modules loaded: {services or 'none'}")
    return verdict(
        {
            f"at most {MAX_RATIO} times the CPU": statistics.median(cpu) <= MAX_RATIO,
            f"at most {MAX_RATIO} times the wall time": statistics.median(wall) <= MAX_RATIO,
            "no service module loaded": not services,
        }
    )


if __name__ == "__main__":
    sys.exit(main())
