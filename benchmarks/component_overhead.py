"""The library against the same resources written by hand with pulumi_aws: 50 load-balanced apps.

    .venv/bin/python benchmarks/component_overhead.py [--rounds 7] [--apps 50]

Number to hold (docs/performance.md): the library's whole process takes at most 1.10 times the CPU of the
hand-written one's, which registers exactly the same: types, counts and inputs, components among them, and
their outputs; the script compares them first. It measures under Pulumi's mocks, with which the SDK does
everything that it does with an engine but the transport, and under `moorage.offline.evaluate`. The same
program without components, which has one registration less per app, shows the cost of components alone.
Exit code 1 if the number is not held.
"""

import argparse
import json
import statistics
import sys
from typing import Any

from measure import program, ratios, run, spread, table, turns, verdict

MAX_RATIO = 1.10
COMPONENTS = "moorage:index:"


def resources(library: str, apps: int) -> dict[str, Any]:
    """Return the inputs that a program registers, by type and name."""
    return json.loads(run(program(library, apps, "mocks", "--inputs")).output)["inputs"]


def outputs(library: str, apps: int) -> dict[str, Any]:
    """Return the outputs of a program's components, by type and name."""
    return json.loads(run(program(library, apps, "evaluate", "--inputs")).output)["outputs"]


def differences(apps: int) -> list[str]:
    """Return the types and names of what the programs do not register alike."""
    ours, grouped, flat = (resources(library, apps) for library in ("moorage", "aws", "aws-flat"))
    flat |= {key: value for key, value in ours.items() if key.startswith(COMPONENTS)}
    keys = ours.keys() | grouped.keys() | flat.keys()
    inputs = sorted(key for key in keys if not ours.get(key) == grouped.get(key) == flat.get(key))
    ours, grouped = (outputs(library, apps) for library in ("moorage", "aws"))
    return inputs + sorted(key for key in ours.keys() | grouped.keys() if ours.get(key) != grouped.get(key))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--apps", type=int, default=50)
    args = parser.parse_args()
    if different := differences(args.apps):
        print(f"not compared: the programs differ in {len(different)} resources: {', '.join(different[:5])}")
        return 1
    print(f"{args.apps} apps with the same resources and inputs; CPU s of the process, median (range)")
    rows, held = [], {}
    for how in ("mocks", "evaluate"):
        commands = [program(library, args.apps, how) for library in ("moorage", "aws", "aws-flat")]
        ours, grouped, flat = turns(args.rounds, *(lambda c=c: run(c) for c in commands))
        found = ratios(ours, grouped, "cpu")
        held[f"at most {MAX_RATIO:.2f} times by hand under {how}"] = statistics.median(found) <= MAX_RATIO
        seconds = [spread(r.cpu for r in runs) for runs in (ours, grouped, flat)]
        rows.append((how, *seconds, spread(found), spread(ratios(ours, flat, "cpu"))))
    head = ("under", "moorage", "by hand", "without components", "ratio", "ratio to that without")
    table(head, rows)
    return verdict(held)


if __name__ == "__main__":
    sys.exit(main())
