"""The growth of a program's time with its number of apps.

    .venv/bin/python benchmarks/scaling.py [--rounds 3]

Numbers to hold (docs/performance.md): twice the apps take at most 2.3 times as long, from 50 to 100 and
from 100 to 200; a program of 300 finishes; and every app depends on as many resources as the app of a program
that has no other. CPU of the evaluation alone, in fresh processes after a first evaluation of one app: the
imports, which are the same for any number, would flatter the ratio. Under `moorage.offline.evaluate` and
under Pulumi's mocks. Exit code 1 when a number is not held.
"""

import argparse
import json
import statistics
import sys
from typing import Any

from measure import program, run, spread, table, verdict

MAX_RATIO = 2.3
COUNTS = (50, 100, 200)
MOST = 300


def evaluated(count: int, how: str) -> dict[str, Any]:
    return json.loads(run(program("moorage", count, how, "--warm")).output)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    rows, held = [], {}
    for how in ("evaluate", "mocks"):
        runs = [{count: evaluated(count, how)["cpu"] for count in COUNTS} for _ in range(rounds)]
        for less, more in ((None, 50), (50, 100), (100, 200)):
            seconds = spread(r[more] for r in runs)
            quotients = [r[more] / r[less] for r in runs if less]
            rows.append((how, more, seconds, spread(quotients) if less else ""))
            if less:
                text = f"{how}: {more} apps at most {MAX_RATIO} times as long as {less}"
                held[text] = statistics.median(quotients) <= MAX_RATIO
        most = evaluated(MOST, how)
        rows.append((how, MOST, f"{most['cpu']:.2f}", ""))
        held[f"{how}: {MOST} apps finish"] = most["resources"] > MOST
    print("CPU s of the evaluation; median (range)")
    table(("under", "apps", "CPU s", "ratio"), rows)
    dependencies = {count: evaluated(count, "evaluate")["dependencies"] for count in (1, MOST)}
    print(f"dependency URNs of an app: {dependencies[1]} of one, {dependencies[MOST]} of {MOST}")
    held["dependencies of an app are constant"] = (
        len(dependencies[1]) == 1 and dependencies[1] == dependencies[MOST]
    )
    return verdict(held)


if __name__ == "__main__":
    sys.exit(main())
