"""`why`: the diagnosis of the last failure."""

from typing import Any

from moorage.console import Printer, ago
from moorage.rollout.diagnosis import Diagnosis, diagnose, explain, report
from moorage.rollout.evidence import Evidence
from moorage.rollout.revisions import short

from .failures import Failure, last_failure, running_line
from .health import look
from .places import Place, chosen


def why(place: Place, out: Printer, app: str | None) -> int:
    """Print the diagnosis of the last failure; return 1 if the failure is current."""
    code = 0
    documents: list[dict[str, Any]] = []
    for number, name in enumerate(chosen(place, app)):
        health = look(place, name)
        failure = last_failure(place, health)
        code = 1 if failure and failure.now else code
        line = running_line(health)
        documents.append(_document(place, name, failure))
        if number:
            out.say()
        out.say(f"{name}: {_text(place, failure, line)}")
    out.document("why", {"place": {"kind": place.kind, "name": place.name}, "apps": documents})
    return code


def _text(place: Place, failure: Failure | None, line: str) -> str:
    if failure is None:
        return f"nothing failed: {line}"
    outcome = failure.outcome
    if failure.sentence and outcome.evidence:
        return f"{failure.sentence}\n{explain(outcome.evidence, place.rules)}"
    text = report(outcome, failure.want, rules=place.rules, advice=place.advice)
    if failure.now:
        return text
    when = ago(failure.at) if failure.at else "earlier"
    return f"{line}: healthy now. The last failure began {when}:\n{text}"


def _document(place: Place, app: str, failure: Failure | None) -> dict[str, Any]:
    if failure is None:
        return {"app": app, "failed": False, "failure": None}
    evidence = failure.outcome.evidence or Evidence()
    diagnosis = Diagnosis("gone", "the service is gone", "")
    if failure.outcome.evidence:
        diagnosis = diagnose(evidence, rules=place.rules)
    return {
        "app": app,
        "failed": failure.now,
        "failure": {
            "kind": failure.outcome.kind,
            "revision": short(failure.want),
            "running": short(failure.outcome.running),
            "began_at": failure.at,
            "rule": diagnosis.rule,
            "cause": diagnosis.cause,
            "advice": diagnosis.advice,
            "reason": evidence.reason,
            "failed_tasks": evidence.failed,
            "stopped_tasks": [
                {
                    "id": task.id,
                    "reason": task.reason,
                    "stop_code": task.stop_code,
                    "stopped_at": task.stopped_at,
                    "containers": task.containers,
                }
                for task in evidence.stopped
            ],
            "unready_targets": evidence.targets,
            "events": evidence.events,
            "log": evidence.log,
            "not_known": evidence.unasked,
        },
    }
