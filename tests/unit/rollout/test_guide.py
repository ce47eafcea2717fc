"""What docs/rollouts.md shows is what a user sees: each block is the end of a scripted rollout."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from moorage.resources.app.verification import ACTIONS
from moorage.rollout.ask import Expired, unanswered
from moorage.rollout.settings import Asked


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "rollouts.md").read_text()


def test_while_it_goes_on(page: str, followed: Any, words: Any) -> None:
    old = words.deployment(6, words.OLD, "COMPLETED", status="ACTIVE", running=2)
    done = followed(
        (0, words.service(words.deployment(7, pending=2), old)),
        (6, words.service(words.deployment(7, running=1, pending=1), old)),
        (12, words.service(words.deployment(7, running=2), old | {"runningCount": 1})),
        (30, words.service(words.deployment(7, state="COMPLETED", running=2))),
    )

    assert "\n".join(done.said) in page


def test_rolled_back(page: str, followed: Any, scripted: Any, words: Any) -> None:
    scripted.stopped = [
        words.task(
            number,
            f"Task failed ELB health checks in (target-group {words.GROUP})",
            code="ServiceSchedulerInitiated",
            exit_code=143,
        )
        for number in range(3)
    ]
    scripted.unhealthy = [
        ("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]")
    ]
    scripted.logs = {
        f"notes/notes/{number:032x}": ['10.0.1.17 "GET / HTTP/1.1" 404', '10.0.1.52 "GET / HTTP/1.1" 404']
        for number in range(3)
    }
    done = followed(
        (0, words.service(words.deployment(7, pending=2))),
        (
            200,
            words.service(
                words.deployment(8, words.OLD, running=2, at=200),
                words.deployment(7, state="FAILED", status="ACTIVE", failed=3),
                events={
                    200: "(deployment ecs-svc/0000000000000000007) deployment failed: tasks failed to start."
                },
            ),
        ),
    )

    assert done.text in page


def test_failed(page: str, followed: Any, scripted: Any, words: Any) -> None:
    reason = (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
        "failed: unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved "
        "secret from Secrets Manager did not contain json key TOKEN"
    )
    scripted.stopped = [words.task(number, reason) for number in range(3)]
    done = followed(
        (0, words.service(words.deployment(7))),
        (60, words.service(words.deployment(7, state="FAILED", failed=3))),
    )

    assert done.text in page


def test_timed_out(page: str, followed: Any, words: Any) -> None:
    event = (
        "was unable to place a task because no container instance met all of its requirements. The closest "
        "matching (container-instance 40f53686-1332-4b7b-97b1-5b7de7586fd3) has insufficient memory "
        "available."
    )
    done = followed((0, words.service(words.deployment(7), events={9: event})))

    assert done.text in page


def test_overtaken(page: str, followed: Any, words: Any) -> None:
    newer = words.deployment(9, words.NEW.replace(":7", ":9"), running=1, at=8)

    assert followed((0, words.service(newer))).text in page


def test_scaled_to_zero(page: str, followed: Any, words: Any) -> None:
    zero = words.service(words.deployment(7, state="COMPLETED", desired=0))

    assert followed((0, zero), asked=Asked(least=2)).text in page


def test_expired(page: str) -> None:
    text = "the AWS credentials have expired: The security token included in the request is expired"

    assert f"whether notes:7 runs is not known: {unanswered(Expired(text), ACTIONS, '')}" in page


def test_gone(page: str, followed: Any, words: Any) -> None:
    assert followed((0, words.MISSING)).text in page


def test_healed(page: str, followed: Any, scripted: Any, words: Any) -> None:
    scripted.after_update = [
        (0, words.service(words.deployment(9, pending=2))),
        (30, words.service(words.deployment(9, state="COMPLETED", running=2))),
    ]
    done = followed((0, words.service(words.deployment(8, words.OLD, "COMPLETED", running=2))))

    assert "\n".join(done.said) in page


def test_the_policy_allows_what_is_asked_for(page: str) -> None:
    (policy,) = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.S)]

    allowed = [action for statement in policy["Statement"] for action in statement["Action"]]
    assert sorted(allowed) == sorted(ACTIONS)


def test_settings_that_were_rolled_back(page: str, followed: Any, scripted: Any, words: Any) -> None:
    spot, on_demand = (
        {"capacityProviderStrategy": [{"capacityProvider": name, "base": 0, "weight": 1}]}
        for name in ("FARGATE_SPOT", "FARGATE")
    )
    back = words.service(words.deployment(8, state="COMPLETED", running=2) | on_demand)
    scripted.after_update = [
        (0, words.service(words.deployment(9, pending=2) | spot)),
        (30, words.service(words.deployment(9, state="COMPLETED", running=2) | spot)),
    ]
    healed = followed((0, back), asked=Asked(spot))
    assert "\n".join(healed.said) in page

    failed = words.deployment(7, state="FAILED", status="ACTIVE", failed=3) | spot
    failing = words.service(words.deployment(7) | spot)
    gone_back = words.service(words.deployment(8, running=2) | on_demand, failed)
    scripted.clock.seconds = 0.0
    done = followed((0, failing), (30, gone_back), asked=Asked(spot))
    assert done.text.splitlines()[0] in page
