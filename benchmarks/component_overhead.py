"""The library against the same resources written by hand with pulumi_aws: 50 load-balanced apps.

    .venv/bin/python benchmarks/component_overhead.py [--rounds 5] [--apps 50]

Number to hold (performance.md, item 3): the library's whole process takes at most 1.10 times the CPU of the
hand-written one's, under Pulumi's mocks, which do for every resource what the SDK does with an engine but the
transport. The same under `moorage.offline.evaluate` is printed beside it. Both programs are first shown to
register the same resources with the same inputs; the library has one component more per app. Exit code 1 when
the number is not held.
"""

import argparse
import json
import statistics
import sys

from measure import pairs, program, ratios, run, spread, table, verdict

MAX_RATIO = 1.10


def resources(library: str, apps: int) -> dict[str, object]:
    """Return the inputs that a program registers, by type and name."""
    return json.loads(run(program(library, apps, "mocks", "--inputs")).output)["inputs"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--apps", type=int, default=50)
    args = parser.parse_args()
    ours, by_hand = resources("moorage", args.apps), resources("aws", args.apps)
    different = [key for key in ours.keys() | by_hand.keys() if ours.get(key) != by_hand.get(key)]
    if different:
        print(f"not compared: the programs differ in {', '.join(sorted(different)[:5])}")
        return 1
    print(f"{args.apps} apps, {len(ours)} resources with equal inputs; CPU s of the process, median (range)")
    rows, found = [], {}
    for how in ("mocks", "evaluate"):
        library, hand = pairs(
            lambda how=how: run(program("moorage", args.apps, how)),
            lambda how=how: run(program("aws", args.apps, how)),
            args.rounds,
        )
        quotients = ratios(library, hand, "cpu")
        found[how] = statistics.median(quotients)
        rows.append((how, spread(r.cpu for r in library), spread(r.cpu for r in hand), spread(quotients)))
    table(("under", "moorage", "by hand", "ratio"), rows)
    return verdict({f"at most {MAX_RATIO:.2f} under mocks": found["mocks"] <= MAX_RATIO})


if __name__ == "__main__":
    sys.exit(main())
