"""A scripted ECS whose deployments move requests."""

from typing import Any, Protocol

from support import aws_answers as answers
from support.aws_answers import ARN
from support.scripted_aws import Followed, ScriptedAws


class Shifting:
    """A service whose deployments move requests, as ECS answers for it."""

    def __init__(self, scripted: ScriptedAws) -> None:
        self.aws = scripted
        self.strategy = "BLUE_GREEN"
        self.steps: list[tuple[float, dict[str, Any]]] = []
        self.again: list[tuple[float, dict[str, Any]]] = []
        scripted.answers |= {
            "DescribeServiceDeployments": lambda asked: self._described(asked),
            "DescribeServiceRevisions": self._revisions,
            "ListServiceDeployments": lambda asked: {
                "serviceDeployments": [_brief(self.now()["shift"])] if self.steps else []
            },
        }

    def at(self, second: float, status: str, stage: str = "", **more: Any) -> None:
        """From a second on this is what ECS says of the deployment, `more` as in `_step`."""
        self.steps.append((second, self._step(status, stage, **more)))

    def then(self, second: float, status: str, stage: str = "", **more: Any) -> None:
        """The same, so many seconds after UpdateService, for the deployment that it begins."""
        self.again.append((second, self._step(status, stage, **{"number": 8, **more})))

    def _step(
        self,
        status: str,
        stage: str,
        *,
        number: int = 7,
        brings: str = "",
        primary: str = "",
        both: bool | None = None,
        reason: str = "",
        rollback: str = "",
        alarms: tuple[str, ...] = (),
        weight: float | None = None,
        tasks: tuple[int, int, int] = (2, 2, 0),
        events: dict[float, str] | None = None,
    ) -> dict[str, Any]:
        brings, over = brings or answers.NEW, status in ("SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "STOPPED")
        back = status.startswith("ROLLBACK_SUCC") or status == "STOPPED"
        runs = primary or (answers.OLD if back else brings)
        both = not over if both is None else both
        listed = [answers.deployment(number, runs, None, running=2)]
        if both:
            listed.append(answers.deployment(number - 1, answers.OLD, None, status="ACTIVE", running=2))
        desired, running, pending = tasks
        target = {
            "arn": f"{ARN}:service-revision/main/notes/{brings.rpartition(':')[2]}",
            "requestedTaskCount": desired,
            "runningTaskCount": running,
            "pendingTaskCount": pending,
        }
        shift: dict[str, Any] = {
            "serviceDeploymentArn": f"{ARN}:service-deployment/main/notes/{number}",
            "createdAt": answers.moment(0),
            "status": status,
            "targetServiceRevision": target
            if weight is None
            else {**target, "requestedProductionTrafficWeight": weight},
            "deploymentConfiguration": {"strategy": self.strategy, "bakeTimeInMinutes": 10},
        }
        shift |= {"lifecycleStage": stage} if stage else {}
        shift |= {"statusReason": reason} if reason else {}
        shift |= {"rollback": {"reason": rollback}} if rollback else {}
        shift |= {"alarms": {"triggeredAlarmNames": list(alarms)}} if alarms else {}
        service = answers.service(
            *listed,
            events=events,
            deploymentConfiguration={"strategy": self.strategy},
            currentServiceDeployment=shift["serviceDeploymentArn"],
        )
        return {"service": service, "shift": shift}

    def now(self) -> dict[str, Any]:
        """Return ECS's answer at this moment."""
        return [step for second, step in self.steps if second <= self.aws.clock.now()][-1]

    def _described(self, asked: dict[str, Any]) -> dict[str, Any]:
        shift = self.now()["shift"]
        assert asked["serviceDeploymentArns"] == [shift["serviceDeploymentArn"]]
        return {"serviceDeployments": [shift]}

    def _revisions(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {
            "serviceRevisions": [
                {
                    "serviceRevisionArn": arn,
                    "taskDefinition": f"{ARN}:task-definition/notes:{arn.rpartition('/')[2]}",
                }
                for arn in asked["serviceRevisionArns"]
            ]
        }

    def update(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert self.again, "nothing was to be deployed again"
        begin = self.aws.clock.now()
        self.steps = [(begin + second, step) for second, step in self.again]
        return {}


def _brief(shift: dict[str, Any]) -> dict[str, Any]:
    return {
        "serviceDeploymentArn": shift["serviceDeploymentArn"],
        "createdAt": shift["createdAt"],
        "status": shift["status"],
        "targetServiceRevisionArn": shift["targetServiceRevision"]["arn"],
        **({"statusReason": shift["statusReason"]} if "statusReason" in shift else {}),
    }


class FollowShift(Protocol):
    """Follows the deployment to its end, in at most an hour."""

    def __call__(self, timeout: float = 3600) -> Followed: ...
