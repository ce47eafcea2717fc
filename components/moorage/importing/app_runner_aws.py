"""Reading a running service of App Runner from AWS."""

from typing import Any

from moorage.errors import UsageError, no_such
from moorage.rollout.answers import listed, part
from moorage.rollout.aws import Asker
from moorage.rollout.login import Login

from .app_runner import Running


def running_service(name: str, region: str, profile: str | None) -> Running:
    """Return a running service, by its name or ARN, and its configurations.

    Raises:
        UsageError: the service does not exist.
        AskError: a request to AWS failed.
    """
    ask = Asker(name.split(":")[3] if name.startswith("arn:") else region, Login(profile=profile))
    arn = name if name.startswith("arn:") else _arn(ask, name)
    service = part(ask("apprunner", "describe_service", ServiceArn=arn), "Service")
    scaling = part(service, "AutoScalingConfigurationSummary").get("AutoScalingConfigurationArn")
    egress = part(part(service, "NetworkConfiguration"), "EgressConfiguration").get("VpcConnectorArn")
    configuration: dict[str, Any] = {}
    if scaling:
        answer = ask("apprunner", "describe_auto_scaling_configuration", AutoScalingConfigurationArn=scaling)
        configuration = dict(part(answer, "AutoScalingConfiguration"))
    connector: dict[str, Any] = {}
    vpc_id = ""
    if egress:
        answer = ask("apprunner", "describe_vpc_connector", VpcConnectorArn=egress)
        connector = dict(part(answer, "VpcConnector"))
        subnets = ask("ec2", "describe_subnets", SubnetIds=connector.get("Subnets", [])[:1])
        vpc_id = str(listed(subnets, "Subnets")[0].get("VpcId", ""))
    custom = listed(ask("apprunner", "describe_custom_domains", ServiceArn=arn), "CustomDomains")
    names = [str(item["DomainName"]) for item in custom]
    names += [f"www.{item['DomainName']}" for item in custom if item.get("EnableWWWSubdomain")]
    tags = listed(ask("apprunner", "list_tags_for_resource", ResourceArn=arn), "Tags")
    return Running(
        dict(service),
        configuration,
        connector,
        names,
        {str(tag["Key"]): str(tag.get("Value", "")) for tag in tags},
        vpc_id,
    )


def _arn(ask: Asker, name: str) -> str:
    by_name: dict[str, str] = {}
    # boto3 has no paginators for App Runner.
    answer = ask("apprunner", "list_services")
    while True:
        services = listed(answer, "ServiceSummaryList")
        by_name |= {str(item["ServiceName"]): str(item["ServiceArn"]) for item in services}
        if name in by_name or not answer.get("NextToken"):
            break
        answer = ask("apprunner", "list_services", NextToken=answer["NextToken"])
    if name not in by_name:
        raise UsageError(no_such("service", name, by_name))
    return by_name[name]
