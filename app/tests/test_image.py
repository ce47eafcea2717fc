"""The Dockerfile: what makes it buildable for another machine without emulation."""

import re
from pathlib import Path

INSTRUCTIONS = re.findall(
    r"^([A-Z]+) ((?:.*\\\n)*.*)$", (Path(__file__).parents[1] / "Dockerfile").read_text(), re.MULTILINE
)
LAST = max(number for number, (name, _) in enumerate(INSTRUCTIONS) if name == "FROM")


def test_the_last_stage_runs_nothing() -> None:
    names = [name for name, _ in INSTRUCTIONS[LAST:]]
    assert set(names) == {"FROM", "ENV", "COPY", "WORKDIR", "USER", "EXPOSE", "CMD"}
    assert INSTRUCTIONS[LAST] == ("FROM", "${BASE}")
    # A name would have to be in the image's own /etc/passwd.
    assert ("USER", "10001:10001") in INSTRUCTIONS[LAST:]


def test_the_other_stage_runs_on_the_machine_that_builds_and_resolves_for_the_target() -> None:
    stages = [rest for name, rest in INSTRUCTIONS[:LAST] if name == "FROM"]
    # The classic builder knows no BUILDPLATFORM; `linux` is its own.
    assert stages == ["--platform=${BUILDPLATFORM:-linux} ${BASE} AS build"]
    (install,) = [rest for name, rest in INSTRUCTIONS[:LAST] if name == "RUN" and "pip install" in rest]
    assert ("ARG", "TARGETARCH") in INSTRUCTIONS[:LAST]
    assert "arm64 | aarch64) machine=aarch64" in install
    assert "amd64 | x86_64) machine=x86_64" in install
    assert "--only-binary :all:" in install
