"""Running services of AWS App Runner, with their configurations."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .answers import answer
from .app_runner_source import AppRunnerSource, built, command, declare, runtime, secrets, variables
from .bounds import checked
from .containers import Parameter
from .project import ZONE, Project, logical_name
from .readers import flag, is_on, text, texts, whole
from .tables import As, ByValue, Inside, Nearly, Said, SourceError, SourceNode, Table, Without, apply
from .task_definition import size


def _build_command(target: AppRunnerSource, node: SourceNode) -> None:
    target.commands.append(node.text())
    target.approximated(node, "`RUN` of the Dockerfile")


def _public(target: AppRunnerSource, node: SourceNode) -> None:
    target.is_private = not flag(node)
    if target.is_private:
        target.omitted(node, "a private service: the program has no load balancer, only `connect`")
    else:
        target.translated(node, "`load_balancer`")


_CHECKED_PATH = "the load balancer requests the path `/`; set `health_check.path` to one that answers"
_IN_REPOSITORY = "the configuration is in the repository: `moorage import apprunner apprunner.yaml` reads it"
_NO_IPV6 = "needs subnets with IPv6; see `ip_address_type` of the load balancer"
_TRUSTED = "let ecs-tasks.amazonaws.com assume it first, in its trust policy"
_STATE = Said("state of the service, not a setting")
_CODE = "the image is built from the folder: run the import in a checkout of the repository"
_CODE_VALUES: Table[AppRunnerSource] = {
    "Runtime": runtime,
    "BuildCommand": _build_command,
    "StartCommand": command,
    "Port": As("port", whole),
    "RuntimeEnvironmentVariables": variables,
    "RuntimeEnvironmentSecrets": secrets,
}
_SOURCE: Table[AppRunnerSource] = {
    "ImageRepository": Inside(
        {
            "ImageIdentifier": As("image", text),
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
                    "ConfigurationSource": ByValue(
                        {"REPOSITORY": Without(_IN_REPOSITORY)}, Said("as the service has it")
                    ),
                    "CodeConfigurationValues": Inside(_CODE_VALUES),
                }
            ),
        }
    ),
    "AutoDeploymentsEnabled": ByValue(
        {True: Without("a new image is deployed by `pulumi up`")}, Said("`pulumi up` deploys"), flag
    ),
    "AuthenticationConfiguration": Inside(
        {
            "ConnectionArn": Without(_CODE),
            "AccessRoleArn": Said("the execution role that is made may pull the image"),
        },
    ),
}
SERVICE: Table[AppRunnerSource] = {
    "ServiceName": Said("`name`"),
    "SourceConfiguration": Inside(_SOURCE),
    "InstanceConfiguration": Inside(
        {
            "Cpu": As("cpu", size),
            "Memory": As("memory", size),
            "InstanceRoleArn": As("task_role_arn", text, note=_TRUSTED),
        },
    ),
    "EncryptionConfiguration": Without("images and secrets are encrypted with AWS's own keys"),
    "HealthCheckConfiguration": Inside(
        {
            "Protocol": ByValue({"HTTP": Said("`health_check`")}, Nearly(_CHECKED_PATH)),
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
            "IpAddressType": ByValue({"DUAL_STACK": Without(_NO_IPV6)}, Said("`ip_address_type`")),
        }
    ),
    "ObservabilityConfiguration": Inside(
        {
            "ObservabilityEnabled": As("tracing", is_on),
            "ObservabilityConfigurationArn": Said("`tracing`"),
        }
    ),
    **dict.fromkeys(("ServiceId", "ServiceArn", "ServiceUrl", "Status"), _STATE),
    **dict.fromkeys(("CreatedAt", "UpdatedAt", "DeletedAt"), _STATE),
}


_SCALING: Table[AppRunnerSource] = {
    "MinSize": As("autoscaling.min", whole),
    "MaxSize": As("autoscaling.max", whole),
    "MaxConcurrency": Without("tasks are added at 60 percent CPU; `autoscaling.requests` counts per minute"),
}
_CONNECTOR: Table[AppRunnerSource] = {
    "Subnets": Nearly("tasks are in the subnets of `Network`, all of the VPC"),
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
    apply(SERVICE, answer(running.service, source), target)
    parts = {
        "AutoScalingConfiguration": (_SCALING, running.scaling),
        "VpcConnector": (_CONNECTOR, running.connector),
    }
    for what, (table, content) in parts.items():
        settings = {key: value for key, value in content.items() if key in table}
        apply(table, answer(settings, f"{what} of {source}", what), target)
    if running.vpc_id:
        target.network["vpc_id"] = running.vpc_id
    if running.domains:
        _domains(project, target, running.domains, source)
    if running.tags:
        target.args["tags"] = {
            key: value for key, value in running.tags.items() if not key.startswith("aws:")
        }
        project.report.translated(answer(None, source), "Tags", "`tags`")
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
