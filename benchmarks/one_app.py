"""One load-balanced app in a cold process: moorage evaluated offline against the CDK's synthesis.

    .venv/bin/python benchmarks/one_app.py [--rounds 5]

Numbers to hold (docs/performance.md): at most 0.20 times the CPU of the same app with the CDK in Python
(an ApplicationLoadBalancedFargateService in an existing VPC), and at most 115 MiB. The CDK is installed once
from PyPI into `.cache/` of the repository, and needs Node.js; without it only ours is measured. CPU counts
all processes of a run, MiB the largest one of them. Exit code 1 when a number is not held.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from measure import PROGRAMS, REPOSITORY, Run, program, ratios, run, spread, table, turns, verdict

MAX_RATIO = 0.20
MAX_MIB = 115
CDK = "aws-cdk-lib==2.275.0"


def cdk_python() -> Path | None:
    """Return the Python that has the CDK, after installing it if need be; None when it cannot be had."""
    if shutil.which("node") is None:
        print("the CDK is not measured: there is no Node.js")
        return None
    folder = REPOSITORY / ".cache" / CDK
    python = folder / "bin" / "python"
    if (folder / "installed").exists():
        return python
    print(f"installing {CDK} into {folder.relative_to(REPOSITORY)} (once)")
    venv.create(folder, with_pip=True, clear=True)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", CDK]
    done = subprocess.run(pip, capture_output=True, text=True)
    if done.returncode != 0:
        print(f"the CDK is not measured: {(done.stderr.strip() or 'pip failed').splitlines()[-1]}")
        return None
    (folder / "installed").touch()
    return python


def synthesised(python: Path) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        return run([python, PROGRAMS / "cdk_app.py", folder])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    cdk = cdk_python()
    ours, theirs = turns(
        rounds,
        lambda: run(program("moorage", 1, "evaluate")),
        lambda: synthesised(cdk) if cdk else run(program("aws", 1, "evaluate")),
    )
    other = "CDK synth" if cdk else "by hand, pulumi_aws"
    print("one app, the whole process, cold; median (range)")
    table(
        ("", "CPU s", "wall s", "MiB"),
        (
            (
                name,
                spread(r.cpu for r in runs),
                spread(r.wall for r in runs),
                spread((r.peak for r in runs), 0),
            )
            for name, runs in (("moorage", ours), (other, theirs))
        ),
    )
    held = {f"at most {MAX_MIB} MiB": statistics.median(r.peak for r in ours) <= MAX_MIB}
    if cdk:
        quotients = ratios(ours, theirs, "cpu")
        print(f"ratio: CPU {spread(quotients, 3)}")
        held[f"at most {MAX_RATIO:.2f} of the CDK's CPU"] = statistics.median(quotients) <= MAX_RATIO
    return verdict(held)


if __name__ == "__main__":
    sys.exit(main())
