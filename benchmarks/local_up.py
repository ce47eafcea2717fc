"""`moorage local up` of this repository's sample, once it is installed.

    .venv/bin/python benchmarks/local_up.py [--rounds 5] [--runner process]

Number to hold (docs/performance.md): healthy, with the outputs printed, at most 6 s after the command. A
fresh clone of HEAD is run, with a `.moorage` of its own; the library is the one that is installed for this
Python. A first `up` installs what the sample needs and is not counted, then `up` is timed from nothing
running, each time with `down` before it. Wall time: what a user waits for. Every `up` is checked by a request
through the balancer. Exit code 1 when the number is not held.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from measure import REPOSITORY, spread, table, verdict

MAX_SECONDS = 6


def moorage(project: Path, *arguments: str) -> str:
    """Run a verb of `moorage local` in the project and return what it printed; end when it fails."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "moorage.cli", "local", *arguments]
    done = subprocess.run(
        command, cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        raise SystemExit(f"exit code {done.returncode}: moorage local {' '.join(arguments)}\n{done.stdout}")
    return done.stdout


def up(project: Path, runner: str) -> float:
    """Return the seconds until `up` returned; the page must then answer."""
    began = time.perf_counter()
    output = moorage(project, "up", "--runner", runner)
    seconds = time.perf_counter() - began
    address = re.search(r"https?://127\.0\.0\.1:\d+", output) or re.search(r"https?://localhost:\d+", output)
    if address is None:
        raise SystemExit(f"`up` printed no address:\n{output}")
    with urllib.request.urlopen(address[0], timeout=5) as response:
        response.read()
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runner", choices=["process", "docker"], default="process")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "notetaker"
        subprocess.run(["git", "clone", "--quiet", REPOSITORY, project], check=True)
        try:
            first = up(project, args.runner)
            seconds = []
            for _ in range(args.rounds):
                moorage(project, "down")
                seconds.append(up(project, args.runner))
        finally:
            moorage(project, "down")
    print("wall s from the command to healthy; median (range)")
    table(
        ("up", "s"),
        (("the first, which installs", f"{first:.1f}"), ("from nothing running", spread(seconds, 1))),
    )
    return verdict({f"at most {MAX_SECONDS} s": statistics.median(seconds) <= MAX_SECONDS})


if __name__ == "__main__":
    sys.exit(main())
