"""Why a rollout failed: what ECS, the load balancer and the task said, and what it most likely means."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .evidence import Evidence
from .observed import StoppedTask
from .rules import RULES, Rule
from .watch import Outcome, short, with_others


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a failure most likely is, in one sentence, and what to do about it."""

    rule: str
    cause: str
    advice: str


_UNKNOWN = Diagnosis("unknown", "ECS did not say why", "look at the service's events and the tasks' log")
_SLOW = Diagnosis(
    "slow",
    "nothing failed, it only takes long",
    "run `up` again to go on waiting, or raise `rollout_timeout`",
)

_IDS = re.compile(
    r"\b[0-9a-f]{32}\b"  # tasks
    r"|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # requests
    r"|\b(i|eni|subnet)-[0-9a-f]{8,17}\b"
    r"|(?<=ecs-svc/)\d+"
    r"|\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b"
)

_ARN = re.compile(r"\barn:aws[\w-]*:[\w-]+:[\w-]*:\d*:")
"""The part of an ARN that only says which account and region it is."""

_ROUTINE = re.compile(
    r"has (started|stopped|begun draining|reached|completed)|(de)?registered \d+ targets|^$"
    r"|\(deployment [^)]*\) deployment (completed|in progress)"
)
"""Events that say that all is as it should be."""


def diagnose(evidence: Evidence, otherwise: Diagnosis = _UNKNOWN, rules: Sequence[Rule] = RULES) -> Diagnosis:
    """Return what the failure most likely is: the first known failure that the evidence shows.

    `otherwise` is what it is when the evidence shows no failure at all; `rules` are the failures that are
    known where it happened.
    """
    text, log = "\n".join(_texts(evidence)), "\n".join(evidence.log)
    for rule in rules:
        found = re.search(rule.text, text) or re.search(rule.log, log)
        if found:
            return Diagnosis(rule.name, rule.cause.format(**found.groupdict()), rule.advice)
    return _UNKNOWN if evidence.stopped else otherwise


def _texts(evidence: Evidence) -> list[str]:
    texts: list[str] = []
    for task in evidence.stopped:
        texts.append(task.reason)
        for container in task.containers:
            texts.append(container.reason)
            # ECS kills what it stops: only the code of a container that ended by itself says something.
            if container.exit_code is not None and task.ended_itself:
                texts.append(f"exited with code {container.exit_code}")
    texts += [f"{target.code} {target.reason}" for target in evidence.targets if target.state == "unhealthy"]
    return [*texts, evidence.reason, *evidence.events]


def explain(evidence: Evidence, otherwise: Diagnosis = _UNKNOWN, rules: Sequence[Rule] = RULES) -> str:
    """Return the diagnosis and what it stands on, as lines for a person: grouped, without ids."""
    return explained(diagnose(evidence, otherwise, rules), evidence)


def explained(diagnosis: Diagnosis, evidence: Evidence) -> str:
    """Return a diagnosis and what it stands on, as `explain` does."""
    lines = [f"most likely: {diagnosis.cause}", f"what to do: {diagnosis.advice}"]
    lines += _grouped((_task_line(task) for task in evidence.stopped), "task", 5)
    unhealthy = (target for target in evidence.targets if target.state == "unhealthy")
    lines += _grouped((target.reason or target.code for target in unhealthy), "unhealthy target", 3)
    events = (without_ids(event) for event in evidence.events if not _ROUTINE.search(event))
    lines += [f"event: {event}" for event in list(dict.fromkeys(events))[:3]]
    if evidence.log:
        lines += ["last log lines:", *(f"  {line}" for line in evidence.log[-10:])]
    lines += [f"not known: {what}" for what in evidence.unasked]
    return "\n".join(lines)


def _grouped(texts: Iterable[str], what: str, most: int) -> list[str]:
    counted = Counter(without_ids(text) for text in texts)
    return [f"{count} {what}{'' if count == 1 else 's'}: {text}" for text, count in counted.most_common(most)]


def without_ids(text: str) -> str:
    """Return a text without the ids and addresses that differ from task to task, and with short ARNs."""
    return _IDS.sub("...", _ARN.sub("", text))


def _task_line(task: StoppedTask) -> str:
    parts = [task.reason or task.stop_code or "stopped"]
    for container in task.containers:
        code = f" exited with code {container.exit_code}" if container.exit_code else ""
        reason = f": {container.reason}" if container.reason else ""
        if code or reason:
            parts.append(f"container {container.name}{code}{reason}")
    return "; ".join(parts)


_SENTENCES = {
    "completed": "{want} is running",
    "rolled_back": "{want} was rolled back, {running} is running",
    "otherwise": "{otherwise}; its new deployment was rolled back",
    "reverted": "{want} is running, but as the service was before: its new deployment was rolled back",
    "replaced": "{want} was replaced, {running} is running",
    "stuck": "{want} was to be rolled back, and that failed too; the service goes to {running}",
    "stopped": "the deployment of {want} was stopped, {running} is running",
    "failed": "{want} could not be started",
    "failing": "{want} does not start, and is tried again and again: it has no circuit breaker",
    "timed_out": "{want} is still not running everywhere, and the time is up",
    "gone": "the service is gone, {want} does not run",
}

_ADVICE = {
    "replaced": "somebody else deploys this service; run `up` again to deploy {want} over it",
    "gone": "run `pulumi refresh`, and then `up` to make it again",
}


def report(
    outcome: Outcome, want: str, *, rules: Sequence[Rule] = RULES, advice: Mapping[str, str] = _ADVICE
) -> str:
    """Return how a rollout ended: a sentence, and below it the diagnosis if it failed.

    Args:
        outcome: how it ended.
        want: the revision that was asked for.
        rules: the failures that are known where it happened.
        advice: what to do for a kind of outcome that needs no diagnosis.
    """
    kind = outcome.kind
    if kind == "rolled_back":
        kind = (
            "otherwise"
            if outcome.differs
            else "reverted"
            if outcome.running == want
            else "replaced"
            if _replaced(outcome, want)
            else kind
        )
    names = {
        "want": short(want),
        "running": short(outcome.running) or "nothing",
        "otherwise": with_others(want, outcome.differs),
    }
    sentence, evidence = _SENTENCES[kind].format(**names), outcome.evidence
    if evidence and evidence.reason:
        sentence += f": {without_ids(evidence.reason)}"
    lines = [sentence]
    if outcome.not_healed:
        lines.append(f"it could not be deployed again: {outcome.not_healed}")
    if kind in advice:
        lines.append(f"what to do: {advice[kind].format(**names)}")
    elif evidence:
        lines.append(explain(evidence, _SLOW if kind == "timed_out" else _UNKNOWN, rules))
    return "\n".join(lines)


def _replaced(outcome: Outcome, want: str) -> bool:
    """Whether another deployment came, and no rollback: from a revision that `moorage rollback` deployed, ECS
    goes back to a later one."""
    ended = outcome.evidence.ended if outcome.evidence else ""
    return ended == "replaced" or (ended != "failed" and _is_newer(outcome.running, want))


def _is_newer(running: str, want: str) -> bool:
    """Whether a later revision runs."""
    family, _, number = running.rpartition(":")
    wanted_family, _, wanted = want.rpartition(":")
    return family == wanted_family and number.isdigit() and wanted.isdigit() and int(number) > int(wanted)
