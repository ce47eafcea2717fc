"""Tasks that a scripted ECS runs."""

import re
from collections.abc import Sequence
from typing import Any

from support.aws_answers import ARN, moment
from support.scripted_aws import ScriptedAws


class ScriptedTasks:
    """Tasks that RunTask starts on the scripted AWS, one after the other."""

    def __init__(self, aws: ScriptedAws) -> None:
        self.aws = aws
        self.tasks: dict[str, dict[str, Any]] = {}
        """By ARN: what RunTask was asked, when, and how it will end."""
        self.tags: dict[str, dict[str, str]] = {}
        """By ARN of a task definition."""
        self.plan: dict[str, Any] = {}
        self.container = "migrate"
        for name in dir(self):
            if re.fullmatch(r"_[A-Z]\w+", name):
                aws.answers[name[1:]] = getattr(self, name)

    def ends(
        self,
        exit_code: int | None = None,
        *,
        at: float = 20,
        log: Sequence[str] = (),
        every: float = 0,
        code: str = "EssentialContainerExited",
        reason: str = "Essential container in task exited",
        container: str = "",
    ) -> None:
        """Let tasks that are started from now on end `at` seconds after their start; they log a line `every`
        so many seconds."""
        self.plan = {
            "exit_code": exit_code,
            "at": at,
            "log": list(log),
            "every": every,
            "code": code,
            "reason": reason,
            "container": container,
            "stays": "",
        }

    def stays(self, status: str) -> None:
        """Let tasks that are started from now on stay in a status until they are stopped."""
        self.ends(None)
        self.plan["stays"] = status

    def _RunTask(self, asked: dict[str, Any]) -> Any:
        arn = f"{ARN}:task/main/{len(self.tasks) + 1:032x}"
        name = asked["taskDefinition"].rsplit("/", 1)[-1].rpartition(":")[0]
        self.tasks[arn] = {**self.plan, "asked": asked, "begin": self.aws.clock.now(), "name": name}
        return {"tasks": [{"taskArn": arn, "lastStatus": "PROVISIONING"}], "failures": []}

    def _ListTagsForResource(self, asked: dict[str, Any]) -> Any:
        known = self.tags.get(asked["resourceArn"], {})
        return {"tags": [{"key": key, "value": value} for key, value in known.items()]}

    def _TagResource(self, asked: dict[str, Any]) -> Any:
        tags = {tag["key"]: tag["value"] for tag in asked["tags"]}
        self.tags.setdefault(asked["resourceArn"], {}).update(tags)
        return {}

    def _StopTask(self, asked: dict[str, Any]) -> Any:
        plan = self.tasks[asked["task"]]
        plan |= {"stays": "", "at": self.aws.clock.now() - plan["begin"] + 4, "exit_code": 143}
        plan |= {"code": "UserInitiated", "reason": asked["reason"]}
        return {}

    def status(self, arn: str) -> str:
        plan = self.tasks[arn]
        age = self.aws.clock.now() - plan["begin"]
        if plan["stays"]:
            return plan["stays"]
        if age >= plan["at"]:
            return "STOPPED"
        ran = plan["exit_code"] is not None
        return "PROVISIONING" if age < 4 else "PENDING" if age < 8 or not ran else "RUNNING"

    def _DescribeTasks(self, asked: dict[str, Any]) -> Any:
        assert 1 <= len(asked["tasks"]) <= 100
        return {"tasks": [self._described(arn) for arn in asked["tasks"] if arn in self.tasks]}

    def _described(self, arn: str) -> dict[str, Any]:
        plan, status = self.tasks[arn], self.status(arn)
        known = {
            "taskArn": arn,
            "taskDefinitionArn": plan["asked"]["taskDefinition"],
            "lastStatus": status,
            "createdAt": moment(plan["begin"]),
        }
        if status != "STOPPED":
            return known
        inside = {"reason": plan["container"]} if plan["container"] else {}
        inside |= {"exitCode": plan["exit_code"]} if plan["exit_code"] is not None else {}
        return known | {
            "stopCode": plan["code"],
            "stoppedReason": plan["reason"],
            "containers": [{"name": self.container, **inside}],
        }

    def _ListTasks(self, asked: dict[str, Any]) -> Any:
        running = [arn for arn in self.tasks if self.status(arn) != "STOPPED"]
        arns = [arn for arn in running if self.tasks[arn]["name"] == asked.get("family")]
        start = int(asked.get("nextToken", 0))
        more = {"nextToken": str(start + 100)} if start + 100 < len(arns) else {}
        return {"taskArns": arns[start : start + 100], **more}

    def _GetLogEvents(self, asked: dict[str, Any]) -> Any:
        arn = next(arn for arn in self.tasks if arn.endswith(asked["logStreamName"].rsplit("/", 1)[-1]))
        plan = self.tasks[arn]
        age = self.aws.clock.now() - plan["begin"] - 8
        shown = plan["log"] if not plan["every"] else plan["log"][: max(0, int(age // plan["every"]))]
        begin = int(asked.get("nextToken", "0"))
        events = [{"timestamp": 0, "message": line + "\n", "ingestionTime": 0} for line in shown[begin:]]
        return {"events": events, "nextForwardToken": str(len(shown))}
