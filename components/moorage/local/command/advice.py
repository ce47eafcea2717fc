"""Causes of failed rollouts on this machine, with advice."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from moorage.rollout.rules import RULES, Rule
from moorage.rollout.states import Ending

_OWN = (
    Rule(
        "port-ignored",
        "the app listens on port {port}, not on its PORT",
        "make it listen on the port in $PORT; or set `local: {command: [...]}` with a command that does",
        text=r"listens on port (?P<port>\d[\d, ]*), not on its PORT",
    ),
    Rule(
        "no-command",
        "the container has no command",
        "set CMD in the Dockerfile, `command`, or `local: {command: [...]}`",
        text=r"neither task definition nor Dockerfile says what to run",
    ),
    Rule(
        "killed",
        "a task's process was killed with SIGKILL; the kernel does this when the machine runs out of memory",
        "check the kernel's log; free memory on this machine, or reduce the app's use of it",
        text=r"killed by SIGKILL",
    ),
)

_ADVICE = {
    "image-wrong-platform": "build the image for this machine, or run the app as a process",
    "image-not-found": "correct `image`; check that this machine reaches the registry",
    "image-access-denied": "correct the name in `image`; for a private registry, run `docker login`",
    "disk-full": "free disk space on this machine; `docker system prune` removes unused data of Docker",
    "no-route": "check that this machine reaches the registry, and that Docker is configured for its proxy",
    "port-clash": "stop the program that has the port, or use `host_port` 0",
    "command-not-found": "correct `command`, `entry_point` or the Dockerfile's CMD; a process needs the "
    "program on this machine: install it, start Docker, or set `local: {command: [...]}`",
    "health-check-refused": "make the app listen on `port`: a process on $PORT and $HOST, a container on "
    "0.0.0.0, not only on localhost",
}

_TEXT = {"command-not-found": r"cannot run '|"}
"""Further texts by which a failure is recognized on this machine."""

_ONLY_CONTAINERS = ("health-check-localhost",)
"""Rules that do not apply to processes, which listen on localhost."""

ADVICE: Mapping[Ending, str] = {
    Ending.REPLACED: "another command deployed it; run `moorage local up` to deploy {want} over it",
    Ending.OVERTAKEN: "wait until that deployment has ended; `moorage local up` then deploys {want} again",
    Ending.GONE: "run `moorage local up` to start it again",
}
"""Advice for each outcome."""


def local_rules(runner: str) -> Sequence[Rule]:
    """Return the rules for tasks of a runner, `process` or `docker`."""
    adapted = [
        replace(rule, advice=_ADVICE.get(rule.name, rule.advice), text=_TEXT.get(rule.name, "") + rule.text)
        for rule in RULES
    ]
    if runner == "process":
        adapted = [rule for rule in adapted if rule.name not in _ONLY_CONTAINERS]
    return (*_OWN, *adapted)
