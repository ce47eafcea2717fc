"""A VPC for one stack, made with awsx."""

import json

import pulumi
import pulumi_aws as aws

from moorage import NetworkArgs

NAT_STRATEGIES = {"none": "None", "single": "Single", "one_per_zone": "OnePerAz"}


def new_vpc(zones: int, nat: str) -> NetworkArgs:
    """Make a VPC with public and private subnets in each zone.

    The layout is the same whatever the NAT: to add a kind of subnet later would move the others' address
    ranges and replace them.
    """
    import pulumi_awsx as awsx  # Only a new VPC needs it, and it takes a second to import.

    if nat not in NAT_STRATEGIES:
        allowed = ", ".join(NAT_STRATEGIES)
        raise pulumi.RunError(f"notetaker:natGateways is {nat!r}; it must be one of {allowed}")
    if not 2 <= zones <= 6:
        raise pulumi.RunError(f"notetaker:zones is {zones}; a load balancer needs from 2 to 6")
    vpc = awsx.ec2.Vpc(
        "notes",
        number_of_availability_zones=zones,
        nat_gateways={"strategy": NAT_STRATEGIES[nat]},
        subnet_strategy="Auto",
        subnet_specs=[
            {"type": "Public", "name": "public", "cidr_mask": 20},
            {"type": "Isolated" if nat == "none" else "Private", "name": "private", "cidr_mask": 20},
        ],
        # awsx starts a second AWS provider unless it is given one.
        opts=pulumi.ResourceOptions(providers=[_provider()]),
    )
    # The default security group of a new VPC allows traffic between its members; this one allows none.
    aws.ec2.DefaultSecurityGroup("notes", vpc_id=vpc.vpc_id)
    _log_refused_traffic(vpc.vpc_id)
    return {
        "vpc_id": vpc.vpc_id,
        "public_subnet_ids": vpc.public_subnet_ids,
        "private_subnet_ids": vpc.isolated_subnet_ids if nat == "none" else vpc.private_subnet_ids,
        "private_egress": nat != "none",
    }


def _log_refused_traffic(vpc_id: pulumi.Output[str]) -> None:
    """Keep a log of the traffic that security groups refused."""
    logs = aws.cloudwatch.LogGroup("notes-flow", retention_in_days=90)
    role = aws.iam.Role("notes-flow", assume_role_policy=logs.arn.apply(_flow_log_trust))
    actions = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    rights = aws.iam.RolePolicy(
        "notes-flow",
        role=role.name,
        policy=logs.arn.apply(
            lambda arn: _policy({"Effect": "Allow", "Action": actions, "Resource": f"{arn}:*"})
        ),
    )
    aws.ec2.FlowLog(
        "notes",
        vpc_id=vpc_id,
        traffic_type="REJECT",
        log_destination=logs.arn,
        iam_role_arn=role.arn,
        opts=pulumi.ResourceOptions(depends_on=[rights]),
    )


def _flow_log_trust(log_group_arn: str) -> str:
    """Return what lets flow logs of this account and region, and no other's, assume a role ("IAM role for
    publishing flow logs to CloudWatch Logs")."""
    _, partition, _, region, account, *_ = log_group_arn.split(":")
    return _policy(
        {
            "Effect": "Allow",
            "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "ArnLike": {"aws:SourceArn": f"arn:{partition}:ec2:{region}:{account}:vpc-flow-log/*"},
                "StringEquals": {"aws:SourceAccount": account},
            },
        }
    )


def _policy(statement: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)


def _provider() -> aws.Provider:
    """Make an AWS provider for the account, region and tags of the stack's config: one that is made takes
    nothing from there by itself."""
    config = pulumi.Config("aws")
    return aws.Provider(
        "aws",
        region=config.get("region"),
        profile=config.get("profile"),
        assume_roles=config.get_object("assumeRoles"),
        allowed_account_ids=config.get_object("allowedAccountIds"),
        default_tags=config.get_object("defaultTags"),
    )
