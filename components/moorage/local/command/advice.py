"""What makes rollouts fail on this machine, and what to do about it here: AWS's words where they fit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from moorage.rollout.rules import RULES, Rule
from moorage.rollout.states import Ending

_OWN = (
    Rule(
        "port-ignored",
        "the app listens on port {port}, not on the one it is given",
        "let it listen on the port in $PORT; or set `local: {command: [...]}` with a command that does",
        text=r"listens on port (?P<port>\d[\d, ]*), not on its PORT",
    ),
    Rule(
        "no-command",
        "nothing says what the container runs",
        "set CMD in the Dockerfile, `command`, or `local: {command: [...]}`",
        text=r"neither task definition nor Dockerfile says what to run",
    ),
    Rule(
        "killed",
        "a task's process was killed: by somebody, or by the kernel when the machine's memory was used up",
        "look at the kernel's log; give this machine more room, or the app less to do",
        text=r"killed by SIGKILL",
    ),
)

_ADVICE = {
    "image-wrong-platform": "let the image be built for this machine, or run it as a process",
    "image-not-found": "correct `image`; does this machine reach the registry?",
    "image-access-denied": "correct the name in `image`; a private one needs `docker login`",
    "disk-full": "make room on this machine's disk; `docker system prune` removes what Docker no longer uses",
    "no-route": "does this machine reach the registry? Is there a proxy that Docker must be told?",
    "port-clash": "stop the program that has the port, or use `host_port` 0",
    "command-not-found": "correct `command`, `entry_point` or the Dockerfile's CMD; a process needs the "
    "program on this machine: install it, start Docker, or set `local: {command: [...]}`",
    "health-check-refused": "let the app listen on `port`: a process on $PORT and $HOST, a container on "
    "every address and not only on localhost",
}

_TEXT = {"command-not-found": r"cannot run '|"}
"""Texts of this machine by which a failure is known too."""

_ONLY_CONTAINERS = ("health-check-localhost",)
"""A process is to listen on localhost."""

ADVICE: Mapping[Ending, str] = {
    Ending.REPLACED: "another command deployed it; run `moorage local up` to deploy {want} over it",
    Ending.OVERTAKEN: "wait until that deployment has ended; `moorage local up` then deploys {want} again",
    Ending.GONE: "run `moorage local up` to start it again",
}
"""What to do for a kind of outcome, as `report` takes it."""


def local_rules(runner: str) -> Sequence[Rule]:
    """Return the failures that are known where tasks run by this runner, `process` or `docker`."""
    adapted = [
        replace(rule, advice=_ADVICE.get(rule.name, rule.advice), text=_TEXT.get(rule.name, "") + rule.text)
        for rule in RULES
    ]
    if runner == "process":
        adapted = [rule for rule in adapted if rule.name not in _ONLY_CONTAINERS]
    return (*_OWN, *adapted)
