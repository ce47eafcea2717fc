"""Running services of AWS App Runner, with their configurations."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moorage.compose_file.nodes import Node

from .answers import answer
from .app_runner_source import (
    AppRunnerSource,
    build_command,
    built,
    command,
    declare,
    runtime,
    secrets,
    variables,
)
from .containers import Parameter
from .health_checks import checked
from .project import ZONE, Project, logical_name
from .tables import As, Inside, Said, SourceError, Table, Target, Without, apply, flag, text, texts, whole
from .task_definition import size


def _image(target: AppRunnerSource, node: Node, path: str) -> None:
    target.put("image", node.text())
    target.report.translated(node, path, "`image`")


def _check_protocol(target: Target, node: Node, path: str) -> None:
    if node.text() == "HTTP":
        target.report.translated(node, path, "`health_check`")
    else:
        text_ = "the load balancer requests the path `/`; set `health_check.path` to one that answers"
        target.report.approximated(node, path, text_)


def _access_role(target: Target, node: Node, path: str) -> None:
    target.report.translated(node, path, "the execution role that is made may pull the image")


def _instance_role(target: Target, node: Node, path: str) -> None:
    target.put("task_role_arn", node.text())
    text_ = "`task_role_arn`: let ecs-tasks.amazonaws.com assume it first, in its trust policy"
    target.report.approximated(node, path, text_)


def _public(target: AppRunnerSource, node: Node, path: str) -> None:
    target.is_private = not flag(node)
    if target.is_private:
        target.report.omitted(
            node, path, "a private service: the program has no load balancer, only `connect`"
        )
    else:
        target.report.translated(node, path, "`load_balancer`")


def _tracing(target: Target, node: Node, path: str) -> None:
    if flag(node):
        target.put("tracing", True)
    target.report.translated(node, path, "`tracing`")


def _configuration_source(target: AppRunnerSource, node: Node, path: str) -> None:
    if node.text() == "REPOSITORY":
        text_ = "the configuration is in the repository: `moorage import apprunner apprunner.yaml` reads it"
        target.report.omitted(node, path, text_)
    else:
        target.report.translated(node, path, "as the service has it")


def _automatic(target: AppRunnerSource, node: Node, path: str) -> None:
    if flag(node):
        target.report.omitted(node, path, "a new image is deployed by `pulumi up`")
    else:
        target.report.translated(node, path, "`pulumi up` deploys")


def _addresses(target: AppRunnerSource, node: Node, path: str) -> None:
    if node.text() == "DUAL_STACK":
        target.report.omitted(
            node, path, "needs subnets with IPv6; see `ip_address_type` of the load balancer"
        )
    else:
        target.report.translated(node, path, "`ip_address_type`")


_STATE = Said("state of the service, not a setting")
_CODE = "the image is built from the folder: run the import in a checkout of the repository"
_CODE_VALUES: Table[AppRunnerSource] = {
    "Runtime": runtime,
    "BuildCommand": build_command,
    "StartCommand": command,
    "Port": As("port", whole),
    "RuntimeEnvironmentVariables": variables,
    "RuntimeEnvironmentSecrets": secrets,
}
_SOURCE: Table[AppRunnerSource] = {
    "ImageRepository": Inside(
        {
            "ImageIdentifier": _image,
            "ImageRepositoryType": Said("`image`"),
            "ImageConfiguration": Inside(
                {
                    "RuntimeEnvironmentVariables": variables,
                    "RuntimeEnvironmentSecrets": secrets,
                    "StartCommand": command,
                    "Port": As("port", whole),
                }
            ),
        }
    ),
    "CodeRepository": Inside(
        {
            "RepositoryUrl": Without(_CODE),
            "SourceCodeVersion": Without(_CODE),
            "SourceDirectory": As("folder", text, note=_CODE),
            "CodeConfiguration": Inside(
                {
                    "ConfigurationSource": _configuration_source,
                    "CodeConfigurationValues": Inside(_CODE_VALUES),
                }
            ),
        }
    ),
    "AutoDeploymentsEnabled": _automatic,
    "AuthenticationConfiguration": Inside(
        {"ConnectionArn": Without(_CODE), "AccessRoleArn": _access_role},
    ),
}
SERVICE: Table[AppRunnerSource] = {
    "ServiceName": As("name", text),
    "SourceConfiguration": Inside(_SOURCE),
    "InstanceConfiguration": Inside(
        {"Cpu": size("cpu"), "Memory": size("memory"), "InstanceRoleArn": _instance_role},
    ),
    "EncryptionConfiguration": Without("images and secrets are encrypted with AWS's own keys"),
    "HealthCheckConfiguration": Inside(
        {
            "Protocol": _check_protocol,
            "Path": As("health_check.path", text),
            "Interval": checked("interval"),
            "Timeout": checked("timeout"),
            "HealthyThreshold": checked("healthy_threshold"),
            "UnhealthyThreshold": checked("unhealthy_threshold"),
        }
    ),
    "AutoScalingConfigurationSummary": Said("`autoscaling`, as the configuration has it"),
    "NetworkConfiguration": Inside(
        {
            "EgressConfiguration": Said("`network`, as the VPC connector has it"),
            "IngressConfiguration": Inside({"IsPubliclyAccessible": _public}),
            "IpAddressType": _addresses,
        }
    ),
    "ObservabilityConfiguration": Inside(
        {
            "ObservabilityEnabled": _tracing,
            "ObservabilityConfigurationArn": Said("`tracing`"),
        }
    ),
    **{
        key: _STATE
        for key in ("ServiceId", "ServiceArn", "ServiceUrl", "CreatedAt", "UpdatedAt", "DeletedAt", "Status")
    },
}


def _connector_subnets(target: Target, node: Node, path: str) -> None:
    target.report.approximated(node, path, "tasks are in the subnets of `Network`, all of the VPC")


_SCALING: Table[AppRunnerSource] = {
    "MinSize": As("autoscaling.min", whole),
    "MaxSize": As("autoscaling.max", whole),
    "MaxConcurrency": Without("tasks are added at 60 percent CPU; `autoscaling.requests` counts per minute"),
}
_CONNECTOR: Table[AppRunnerSource] = {
    "Subnets": _connector_subnets,
    "SecurityGroups": As("security_group_ids", texts),
}


@dataclass(frozen=True, slots=True)
class Running:
    """A running service and its configurations, as AWS answers them."""

    service: dict[str, Any]
    scaling: dict[str, Any]
    connector: dict[str, Any]
    domains: list[str]
    tags: dict[str, str]
    vpc_id: str = ""


def import_app_runner_service(running: Running, out: Path, name: str | None, region: str) -> Project:
    """Return the project of a running service.

    Raises:
        SourceError: a value has the wrong type, or the runtime is not known.
    """
    source = f"service {running.service.get('ServiceName', '')}"
    title = logical_name(name or running.service.get("ServiceName", "app"))
    project = Project(title.lower(), f"the App Runner {source}", region)
    account = f"{running.service.get('ServiceArn', '')}:::::".split(":")[4]
    target = AppRunnerSource(project.report, {}, Parameter(account, region))
    apply(SERVICE, answer(running.service, source), "", target)
    parts = {
        "AutoScalingConfiguration": (_SCALING, running.scaling),
        "VpcConnector": (_CONNECTOR, running.connector),
    }
    for what, (table, content) in parts.items():
        wanted = {key: value for key, value in content.items() if key in table}
        apply(table, answer(wanted, f"{what} of {source}"), what, target)
    if running.vpc_id:
        target.network["vpc_id"] = running.vpc_id
    if running.domains:
        _domains(project, target, running.domains, source)
    if running.tags:
        target.args["tags"] = {
            key: value for key, value in running.tags.items() if not key.startswith("aws:")
        }
        project.report.translated(answer(None, source), "Tags", "`tags`")
    target.args.pop("name", None)
    folder = Path(str(target.args.pop("folder", "/")).strip("/") or ".")
    if target.runtime:
        built(project, target, folder, out)
    elif "image" not in target.args:
        raise SourceError(
            f"{source}: it is configured in its repository; "
            "run `moorage import apprunner apprunner.yaml` there"
        )
    declare(project, title, target)
    return project


def _domains(project: Project, target: AppRunnerSource, domains: list[str], source: str) -> None:
    zone = project.setting(
        ["hosted", "zone", "id"], f"The Route 53 hosted zone of {domains[0]}", stand_in=ZONE
    )
    target.balancer = {"domain": domains[0], "zone_id": zone}
    if domains[1:]:
        target.balancer["domains"] = domains[1:]
    target.args["rules"] = [{"host": domain} for domain in domains]
    text_ = "`domain` of the load balancer, whose record replaces the one that points to App Runner"
    project.report.approximated(answer(None, source), "CustomDomains", text_)
