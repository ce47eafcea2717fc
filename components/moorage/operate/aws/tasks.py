"""The tasks of a service on AWS, with their addresses and the health of their targets."""

from collections.abc import Mapping
from contextlib import suppress

from moorage.operate.apps import App, Json
from moorage.operate.place import TargetRow, TaskRow
from moorage.rollout.answers import MOST_DESCRIBED, chunks, listed, part
from moorage.rollout.ask import AskError
from moorage.rollout.aws import Asker
from moorage.rollout.revisions import short
from moorage.rollout.states import HealthStatus, TargetState, TaskStatus, state_of


class AwsTaskRows:
    """Describes the tasks and targets of one service."""

    def __init__(self, app: App, ask: Asker) -> None:
        """Describe the tasks of `app`."""
        self._app, self._ask = app, ask

    def described(self) -> list[Json]:
        """Return the tasks that have not stopped, oldest first."""
        where = {"cluster": self._app.cluster}
        arns = list(self._ask.every("ecs", "list_tasks", "taskArns", **where, serviceName=self._app.service))
        tasks: list[Json] = []
        for some in chunks(arns, MOST_DESCRIBED):
            tasks += listed(self._ask("ecs", "describe_tasks", **where, tasks=list(some)), "tasks")
        alive = [task for task in tasks if task.get("lastStatus") != TaskStatus.STOPPED]
        return sorted(alive, key=lambda task: (str(task.get("createdAt", "")), str(task["taskArn"])))

    def targets(self) -> list[TargetRow]:
        """Return the targets of all target groups."""
        rows: list[TargetRow] = []
        for group in self._app.target_groups:
            answer = self._ask("elbv2", "describe_target_health", TargetGroupArn=group)
            for item in listed(answer, "TargetHealthDescriptions"):
                target, health = part(item, "Target"), part(item, "TargetHealth")
                rows.append(
                    TargetRow(
                        group,
                        f"{target.get('Id', '')}:{target.get('Port', '')}",
                        state_of(TargetState, health.get("State")),
                        str(health.get("Description") or health.get("Reason") or ""),
                    )
                )
        return rows

    def rows(self) -> list[TaskRow]:
        """Return the tasks that have not stopped, without the health of their targets if that is denied."""
        tasks = self.described()
        instances = self._instances(tasks)
        targets: dict[str, TargetState | str] = {}
        with suppress(AskError):
            targets = {target.id: target.state for target in self.targets()}
        public = self._public(tasks)
        return [self._row(task, instances, targets, public) for task in tasks]

    def _public(self, tasks: list[Json]) -> dict[str, str]:
        """Return the public IP address of each network interface, if no load balancer serves the tasks."""
        if self._app.target_groups or not self._app.ports:
            return {}
        addresses: dict[str, str] = {}
        interfaces = [name for task in tasks for name in _details(task, "networkInterfaceId")]
        with suppress(AskError):
            for some in chunks(interfaces, MOST_DESCRIBED):
                # A filter, because an id that no longer exists is an error.
                filters = [{"Name": "network-interface-id", "Values": list(some)}]
                descriptions = self._ask.every(
                    "ec2", "describe_network_interfaces", "NetworkInterfaces", Filters=filters
                )
                for item in descriptions:
                    if address := part(item, "Association").get("PublicIp"):
                        addresses[str(item["NetworkInterfaceId"])] = str(address)
        return addresses

    def _instances(self, tasks: list[Json]) -> dict[str, str]:
        """Return the EC2 instance id of each container instance."""
        arns = sorted({str(arn) for task in tasks if (arn := task.get("containerInstanceArn"))})
        instances: dict[str, str] = {}
        with suppress(AskError):
            for some in chunks(arns, MOST_DESCRIBED):
                request = {"cluster": self._app.cluster, "containerInstances": list(some)}
                answer = self._ask("ecs", "describe_container_instances", **request)
                for item in listed(answer, "containerInstances"):
                    instances[str(item["containerInstanceArn"])] = str(item.get("ec2InstanceId", ""))
        return instances

    def _row(
        self,
        task: Json,
        instances: Mapping[str, str],
        targets: Mapping[str, TargetState | str],
        public: Mapping[str, str],
    ) -> TaskRow:
        instance = instances.get(str(task.get("containerInstanceArn")), "")
        addresses = _addresses(task, instance)
        states = [
            state
            for target, state in targets.items()
            if target in addresses or target.rpartition(":")[0] in addresses
        ]
        return TaskRow(
            id=short(str(task["taskArn"])),
            revision=short(str(task.get("taskDefinitionArn", ""))),
            status=state_of(TaskStatus, task.get("lastStatus")),
            health=_health(states, state_of(HealthStatus, task.get("healthStatus", HealthStatus.UNKNOWN))),
            address=", ".join(addresses),
            zone=str(task.get("availabilityZone", "")),
            started_at=task.get("startedAt"),
            public_addresses=tuple(
                f"{public[interface]}:{port}"
                for interface in _details(task, "networkInterfaceId")
                if interface in public
                for port in self._app.ports
            ),
            containers=tuple(str(item["name"]) for item in listed(task, "containers")),
            instance=instance,
        )


def _addresses(task: Json, instance: str) -> list[str]:
    """Return the addresses of a task: its own with awsvpc, else its instance's ports."""
    if own := _details(task, "privateIPv4Address"):
        return own
    bindings: list[Json] = [
        binding
        for container in listed(task, "containers")
        for binding in listed(container, "networkBindings")
    ]
    return list(dict.fromkeys(f"{instance or '?'}:{item.get('hostPort')}" for item in bindings))


def _details(task: Json, name: str) -> list[str]:
    """Return a detail of each network interface of a task (API reference, Attachment)."""
    attachments: list[Json] = listed(task, "attachments")
    details: list[Json] = [detail for item in attachments for detail in listed(item, "details")]
    return [str(detail["value"]) for detail in details if detail.get("name") == name]


def _health(targets: list[TargetState | str], containers: HealthStatus | str) -> HealthStatus | str:
    if not targets or containers == HealthStatus.UNHEALTHY:
        return containers
    if TargetState.UNHEALTHY in targets:
        return HealthStatus.UNHEALTHY
    return HealthStatus.HEALTHY if set(targets) == {TargetState.HEALTHY} else HealthStatus.UNKNOWN
