"""A cluster as the functions that make its resources take it."""

from dataclasses import dataclass

import pulumi

from moorage.model.capacity import Capacity, capacity_spec
from moorage.model.fields.values import Values
from moorage.resources.network.args import NetworkRef
from moorage.resources.wiring import Wiring, tags_for


@dataclass(frozen=True)
class ClusterWiring(Wiring[Capacity]):
    """A cluster with its references."""

    cluster_name: str | None
    network: NetworkRef | None
    ami: pulumi.Input[str] | None
    """The given AMI."""
    user_data: pulumi.Input[str]
    """Further lines of the script of instances."""
    policy_arns: list[pulumi.Input[str]]
    """Further policies of the instances' role."""
    agent_log_days: int
    """Days that the logs of the ECS agents are kept."""
    exec_key_arn: pulumi.Input[str] | None
    """The KMS key of ECS Exec sessions."""


def cluster_wiring(cluster: pulumi.ComponentResource, name: str, values: Values) -> ClusterWiring:
    """Return the wiring of a cluster with these checked arguments."""
    return ClusterWiring(
        cluster,
        name,
        capacity_spec(values),
        tags_for(name, values["tags"]),
        cluster_name=values["cluster_name"],
        network=values["network"],
        ami=values["ec2.ami"],
        user_data=values["ec2.user_data"] or "",
        policy_arns=values["ec2.policy_arns"] or [],
        agent_log_days=values["ec2.agent_logs.retention_days"],
        permissions_boundary=values["permissions_boundary"],
        exec_key_arn=values.given("exec_logs.kms_key_arn"),
    )
