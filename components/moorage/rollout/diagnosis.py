"""The diagnosis of a failed rollout, from what ECS, the load balancer and the task report."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC

from .evidence import Evidence
from .observed import StoppedTask, Target
from .revisions import is_newer, short, with_others
from .rules import RULES, Rule
from .states import Ending, TargetState
from .watch import Outcome


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The most likely cause of a failure, and what to do about it."""

    rule: str
    cause: str
    advice: str


_UNKNOWN = Diagnosis("unknown", "ECS gave no reason", "check the service's events and the tasks' log")
_SLOW = Diagnosis(
    "slow",
    "no task failed; the rollout is slow",
    "run `up` again to continue waiting, or raise `rollout_timeout`",
)

_IDS = re.compile(
    r"\b[0-9a-f]{32}\b"  # tasks
    r"|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # requests
    r"|\b(i|eni|subnet)-[0-9a-f]{8,17}\b"
    r"|(?<=ecs-svc/)\d+"
    r"|\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b"
)

_ARN = re.compile(r"\barn:aws[\w-]*:[\w-]+:[\w-]*:\d*:")
"""The part of an ARN that only names the account and the region."""

_ROUTINE = re.compile(
    r"has (started|stopped|begun draining|reached|completed)|(de)?registered \d+ targets|^$"
    r"|updated computedDesiredCount"
    r"|\(deployment [^)]*\) deployment (completed|in progress)"
)
"""Events of normal operation."""


def diagnose(evidence: Evidence, unless: Diagnosis | None = None, rules: Sequence[Rule] = RULES) -> Diagnosis:
    """Return the most likely diagnosis: the first known failure that the evidence shows, else the reason that
    ECS gave.

    `unless` is the diagnosis if the evidence shows no failure at all; `rules` are the known failures of the
    environment.
    """
    text, log = "\n".join(_texts(evidence)), "\n".join(evidence.log)
    for rule in rules:
        match = re.search(rule.text, text) or re.search(rule.log, log)
        if match:
            return Diagnosis(rule.name, rule.cause.format(**match.groupdict()), rule.advice)
    # If it may only be slow, the reason that ECS gives is the progress.
    if stated := _stated(replace(evidence, reason="") if unless else evidence):
        return replace(_UNKNOWN, cause=stated)
    return unless if unless and not evidence.stopped and not evidence.failed else _UNKNOWN


def _stated(evidence: Evidence) -> str:
    """Return the most frequent reason, without ids; empty if there is none."""
    reasons = [_task_line(task) for task in evidence.stopped if _says_why(task)]
    reasons += [target.reason or target.code for target in _unhealthy(evidence)]
    if counted := Counter(without_ids(text) for text in reasons if text.strip()):
        return counted.most_common(1)[0][0]
    unusual = (event for event in evidence.events if not _ROUTINE.search(event))
    return without_ids(evidence.reason.strip() or next(unusual, ""))


def _says_why(task: StoppedTask) -> bool:
    return bool(
        task.reason or task.stop_code or any(item.reason or item.exit_code for item in task.containers)
    )


def _unhealthy(evidence: Evidence) -> list[Target]:
    return [target for target in evidence.targets if target.state == TargetState.UNHEALTHY]


def _texts(evidence: Evidence) -> list[str]:
    texts: list[str] = []
    for task in evidence.stopped:
        texts.append(task.reason)
        for container in task.containers:
            texts.append(container.reason)
            # ECS kills what it stops: only the code of a container that exited by itself is evidence.
            if container.exit_code is not None and task.ended_itself:
                texts.append(f"exited with code {container.exit_code}")
    texts += [f"{target.code} {target.reason}" for target in _unhealthy(evidence)]
    return [*texts, evidence.reason, *evidence.events]


def explain(evidence: Evidence, rules: Sequence[Rule] = RULES) -> str:
    """Return the diagnosis and its evidence as lines of text: grouped, without ids."""
    return explained(diagnose(evidence, rules=rules), evidence)


def explained(diagnosis: Diagnosis, evidence: Evidence) -> str:
    """Return a diagnosis and its evidence, as `explain` does."""
    lines = [f"most likely: {diagnosis.cause}", f"what to do: {diagnosis.advice}"]
    if evidence.failed:
        lines.append(f"failed tasks, as ECS counts them: {evidence.failed}")
    lines += _grouped((_task_line(task) for task in evidence.stopped), "task", 5)
    targets = (target.reason or target.code for target in _unhealthy(evidence))
    lines += _grouped(targets, "unhealthy target", 3)
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
    """Return a text without the ids and addresses that differ between tasks, and with short ARNs."""
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
    Ending.COMPLETED: "{want} is running",
    Ending.ROLLED_BACK: "{want} was rolled back, {running} is running",
    Ending.SETTINGS_REVERTED: "{changed}; its new deployment was rolled back",
    Ending.REVERTED: "{want} is running with its earlier settings: its new deployment was rolled back",
    Ending.REPLACED: "{want} was replaced, {running} is running",
    Ending.STUCK: "{want} failed, and its rollback failed too; the service is moving to {running}",
    Ending.STOPPED: "the deployment of {want} was stopped, {running} is running",
    Ending.FAILED: "{want} could not be started",
    Ending.FAILING: "{want} does not start and is retried forever: there is no circuit breaker",
    Ending.OVERTAKEN: "another command is deploying {running} ({tasks}, started {since}): "
    "{want} is not deployed over it",
    Ending.SCALED_TO_ZERO: "{want} runs no tasks: another command scaled the service to 0",
    Ending.TIMED_OUT: "the rollout of {want} timed out with {tasks}",
    Ending.GONE: "the service is gone, {want} does not run",
}

ADVICE = {
    Ending.REPLACED: "another command deploys this service; run `up` again to deploy {want} over it",
    Ending.OVERTAKEN: "wait until that deployment ends; the next `up` deploys {want} again",
    Ending.SCALED_TO_ZERO: "run `pulumi up --refresh` to restore `count`; "
    "with `autoscaling`, restore its minimum",
    Ending.GONE: "run `pulumi refresh`, then `up` to create it again",
}
"""Advice for the outcomes that need no diagnosis."""


def report(
    outcome: Outcome, want: str, *, rules: Sequence[Rule] = RULES, advice: Mapping[Ending, str] = ADVICE
) -> str:
    """Return the report on a rollout: a sentence, followed by the diagnosis if it failed.

    `rules` are the known failures of the environment, `advice` is for the outcomes that need no diagnosis.
    """
    kind = outcome.kind
    if kind is Ending.ROLLED_BACK:
        kind = (
            Ending.SETTINGS_REVERTED
            if outcome.differs
            else Ending.REVERTED
            if outcome.running == want
            else Ending.REPLACED
            if _replaced(outcome, want)
            else kind
        )
    primary, evidence = outcome.primary, outcome.evidence
    tasks = f"{short(outcome.running) or 'nothing'} running"
    if primary and (outcome.running == want or kind is Ending.OVERTAKEN):
        tasks = f"{primary.running}/{primary.desired} tasks running"
    names = {
        "want": short(want) or "the new revision",
        "running": short(outcome.running) or ("another revision" if kind is Ending.OVERTAKEN else "nothing"),
        "changed": with_others(want, outcome.differs),
        "tasks": tasks,
        "since": f"{primary.created_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if primary else "",
    }
    sentence = _SENTENCES[kind].format(**names)
    if evidence and evidence.reason:
        sentence += f": {without_ids(evidence.reason)}"
    lines = [sentence]
    if outcome.not_healed:
        lines.append(f"it could not be deployed again: {outcome.not_healed}")
    if kind in advice:
        lines.append(f"what to do: {advice[kind].format(**names)}")
    elif evidence:
        diagnosis = diagnose(evidence, _SLOW if kind is Ending.TIMED_OUT else None, rules)
        basis = explained(diagnosis, evidence)
        # The sentence already has the reason.
        repeated = diagnosis.cause == without_ids(evidence.reason)
        lines.append(basis.partition("\n")[2] if repeated else basis)
    return "\n".join(lines)


def _replaced(outcome: Outcome, want: str) -> bool:
    """Return whether another deployment followed instead of a rollback: from a revision that `moorage
    rollback` deployed, ECS rolls back to a later one."""
    ended = outcome.evidence.ended if outcome.evidence else None
    return ended is Ending.REPLACED or (ended is not Ending.FAILED and is_newer(outcome.running, want))
