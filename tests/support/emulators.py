"""AWS emulators as processes on 127.0.0.1: ministack for ECS and Step Functions, moto for the rest."""

import asyncio
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ACCOUNT = "123456789012"
REGIONS = ("us-east-1", "eu-west-1")
"""Those of the examples; the first is the default."""
START_WITHIN = 60.0

_LISTED = (
    ("acm", "list_certificates", "CertificateSummaryList[].CertificateArn"),
    ("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups[].AutoScalingGroupARN"),
    ("cloudwatch", "describe_alarms", "MetricAlarms[].AlarmArn"),
    ("dynamodb", "list_tables", "TableNames"),
    ("ec2", "describe_addresses", "Addresses[].AllocationId"),
    ("ec2", "describe_launch_templates", "LaunchTemplates[].LaunchTemplateId"),
    ("ec2", "describe_security_group_rules", "SecurityGroupRules[].SecurityGroupRuleId"),
    ("ec2", "describe_security_groups", "SecurityGroups[].GroupId"),
    ("ec2", "describe_subnets", "Subnets[].SubnetId"),
    ("ec2", "describe_vpcs", "Vpcs[].VpcId"),
    ("ecr", "describe_repositories", "repositories[].repositoryArn"),
    ("ecs", "describe_capacity_providers", "capacityProviders[?status=='ACTIVE'].name"),
    ("ecs", "list_clusters", "clusterArns"),
    ("elbv2", "describe_load_balancers", "LoadBalancers[].LoadBalancerArn"),
    ("elbv2", "describe_target_groups", "TargetGroups[].TargetGroupArn"),
    ("iam", "list_instance_profiles", "InstanceProfiles[].Arn"),
    ("iam", "list_roles", "Roles[].Arn"),
    ("logs", "describe_log_groups", "logGroups[].arn"),
    ("rds", "describe_db_instances", "DBInstances[].DBInstanceArn"),
    ("s3", "list_buckets", "Buckets[].Name"),
    ("scheduler", "list_schedules", "Schedules[].Arn"),
    ("secretsmanager", "list_secrets", "SecretList[].ARN"),
    ("servicediscovery", "list_namespaces", "Namespaces[].Arn"),
    ("sns", "list_topics", "Topics[].TopicArn"),
    ("sqs", "list_queues", "QueueUrls"),
)


class Account(NamedTuple):
    """An emulated account, with a default VPC in each region."""

    environment: Mapping[str, str]
    """The variables with which AWS SDKs and the provider find it."""

    def client(self, service: str, region: str = REGIONS[0]) -> Any:
        """Return a boto3 client."""
        import boto3

        key = self.environment["AWS_ACCESS_KEY_ID"], self.environment["AWS_SECRET_ACCESS_KEY"]
        endpoint = self.environment.get(f"AWS_ENDPOINT_URL_{service.upper()}")
        return boto3.Session(*key, region_name=region).client(
            service, endpoint_url=endpoint or self.environment["AWS_ENDPOINT_URL"]
        )

    def hosted_zone(self, domain: str) -> str:
        """Make a public hosted zone; return its id."""
        answer = self.client("route53").create_hosted_zone(Name=domain, CallerReference=domain)
        return answer["HostedZone"]["Id"].rpartition("/")[2]

    def default_vpc(self) -> tuple[str, list[str]]:
        """Return the id of the default VPC, and those of its subnets."""
        subnets = self.client("ec2").describe_subnets()["Subnets"]
        return subnets[0]["VpcId"], [subnet["SubnetId"] for subnet in subnets]

    def resources(self) -> list[str]:
        """Return what exists, by id or ARN, without task definitions: the library keeps their revisions."""
        import jmespath

        return sorted(
            name
            for region in REGIONS
            for service, operation, path in _LISTED
            for name in jmespath.search(path, getattr(self.client(service, region), operation)()) or ()
        )


@contextmanager
def emulated_account(folder: Path) -> Iterator[Account]:
    """Start the emulators, with an account of their own and logs in a folder; end them at last."""
    # Not at the top: without an engine no test needs what these import.
    from support.balancing import free_port

    from moorage.local.aws.process import server_python

    ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    ours["DOCKER_HOST"] = "unix:///dev/null/none"  # They would run tasks and databases in containers.
    python = asyncio.run(server_python(print))
    moto, mini = free_port(), free_port()
    serve = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(moto)]
    settings = {
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
        **{"SERVICES": "ecs,states", "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(mini)},
    }
    with ExitStack() as processes:
        for port, command in ((moto, serve), (mini, [str(python), "-m", "ministack"])):
            log = processes.enter_context((folder / f"{command[2]}.log").open("w"))
            process = subprocess.Popen(command, env=ours | settings, cwd=folder, stdout=log, stderr=log)
            processes.callback(_end, process)
            _wait(f"http://127.0.0.1:{port}", process, Path(log.name))
        yield Account(
            {
                "AWS_ACCESS_KEY_ID": ACCOUNT,  # Both emulators read the account from the access key.
                "AWS_SECRET_ACCESS_KEY": "emulated",
                "AWS_REGION": REGIONS[0],
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{moto}",
                "AWS_ENDPOINT_URL_ECS": f"http://127.0.0.1:{mini}",
                "AWS_ENDPOINT_URL_SFN": f"http://127.0.0.1:{mini}",
                # The account's id is put before this host: 123456789012.localhost is this machine too.
                "AWS_ENDPOINT_URL_S3_CONTROL": f"http://localhost:{moto}",
            }
        )


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_WITHIN
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=START_WITHIN).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{log.stem} did not start: {log.read_text()[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
