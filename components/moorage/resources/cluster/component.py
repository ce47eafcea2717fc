"""An ECS cluster and the capacity its tasks run on."""

import pulumi
import pulumi_aws as aws

from moorage.model.arguments import check_arguments
from moorage.model.capacity import Capacity, capacity_spec
from moorage.model.names import check_arn, check_logical_name, check_pattern, check_provider_name
from moorage.model.policies import MANAGED_POLICIES
from moorage.model.presets import PRESETS
from moorage.model.problems import Problems
from moorage.model.tags import check_tags
from moorage.resources.checking import arguments, checking
from moorage.resources.inputs import plain_inputs
from moorage.resources.tags import tags_for

from .args import ClusterRef, EcsClusterArgs
from .ec2 import ec2_capacity
from .managed_instances import managed_instances
from .namespace import namespace


class EcsCluster(pulumi.ComponentResource):
    """An ECS cluster and its capacity, chosen by one field.

    Services use capacity provider strategies, so that another capacity is an update of the service and no
    replacement.
    """

    arn: pulumi.Output[str]
    """The cluster's ARN, once its capacity is associated with it."""
    name: pulumi.Output[str]
    """The cluster's name."""
    capacity_provider: pulumi.Output[str]
    """The capacity provider of the instances; empty on Fargate."""
    security_group_id: pulumi.Output[str]
    """The instances' security group; empty on Fargate."""
    namespace_arn: pulumi.Output[str]
    """The Cloud Map namespace of its apps; empty without `namespace`."""
    services_group_id: pulumi.Output[str]
    """The security group by which its apps reach each other; empty without `namespace`."""
    preset: pulumi.Output[str]
    """The preset it was made with: a policy pack is told outputs only, and must know what it accepts."""

    def __init__(self, name: str, args: EcsClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare cluster and capacity.

        Raises:
            ValueError: an argument is unknown, missing or wrong; the text lists every problem.
        """
        args = arguments(name, args)
        problems = Problems("EcsCluster", name)
        check_logical_name(name, problems)
        good = check_arguments(EcsClusterArgs, args, problems)
        check_pattern(
            "cluster_name",
            args.get("cluster_name"),
            r"[A-Za-z0-9_-]{1,255}",
            "1 to 255 letters, digits, hyphens and underscores",
            problems,
        )
        capacity = capacity_spec(args, problems)
        network = args.get("network")
        has_instances = capacity.has_group or capacity.kind == "managed_instances"
        if has_instances:
            check_provider_name(name, problems)
            if network is None:
                problems.say("network", "is required for instances")
        if args.get("namespace") and network is None:
            problems.say("network", "is required for namespace")
        policy_arns = good.get("ec2", {}).get("policy_arns", [])
        if len(policy_arns) > MANAGED_POLICIES:
            problems.say(
                "ec2.policy_arns",
                f"{len(policy_arns)} policies, and a role has at most {MANAGED_POLICIES}: remove "
                f"{len(policy_arns) - MANAGED_POLICIES}",
            )
        for index, arn in enumerate(policy_arns):
            check_arn(f"ec2.policy_arns[{index}]", arn, "iam", "policy/", problems)
        # Instances have a Name, and their group the mark of ECS.
        check_tags("tags", good.get("tags", {}), problems, further=2 if has_instances else 0)
        with checking():
            problems.raise_if_any()
        super().__init__("moorage:index:EcsCluster", name, plain_inputs(args), opts)
        tags = tags_for(name, args.get("tags"))
        insights = args.get("container_insights", PRESETS[capacity.preset].container_insights)

        cluster = aws.ecs.Cluster(
            name,
            name=args.get("cluster_name"),
            settings=[{"name": "containerInsights", "value": "enabled" if insights else "disabled"}],
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=PRESETS[capacity.preset].protect),
        )
        self.capacity_provider = pulumi.Output.from_input("")
        self.security_group_id = pulumi.Output.from_input("")
        if network is not None and capacity.has_group:
            self.capacity_provider, self.security_group_id = ec2_capacity(
                self, name, cluster, capacity, network, args.get("ec2", {}).get("policy_arns", []), tags
            )
        elif network is not None and capacity.kind == "managed_instances":
            self.capacity_provider, self.security_group_id = managed_instances(
                self, name, cluster, capacity, network, tags
            )
        self.namespace_arn = self.services_group_id = pulumi.Output.from_input("")
        if network is not None and args.get("namespace"):
            self.namespace_arn, self.services_group_id = namespace(self, name, network, tags)
        association = aws.ecs.ClusterCapacityProviders(
            f"{name}-capacity",
            cluster_name=cluster.name,
            # Fargate's stay associated, so that services can move from and to it: one in use cannot be taken
            # away. One of managed instances belongs to its cluster from the start, and ECS refuses it here.
            capacity_providers=[
                "FARGATE",
                "FARGATE_SPOT",
                *([self.capacity_provider] if capacity.has_group else []),
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        # A service must come after its capacity: whoever uses the ARN waits for all of it.
        self.arn = pulumi.Output.all(cluster.arn, association.urn, self.capacity_provider).apply(
            lambda known: known[0]
        )
        self.name = cluster.name
        self.ref: ClusterRef = _ref(self, capacity)
        if args.get("namespace"):
            self.ref["namespace_arn"] = self.namespace_arn
            self.ref["services_group_id"] = self.services_group_id
        self.preset = pulumi.Output.from_input(capacity.preset)
        self.register_outputs(
            {
                "arn": self.arn,
                "name": self.name,
                "capacityProvider": self.capacity_provider,
                "securityGroupId": self.security_group_id,
                "namespaceArn": self.namespace_arn,
                "servicesGroupId": self.services_group_id,
                "preset": self.preset,
            }
        )


def _ref(cluster: EcsCluster, capacity: Capacity) -> ClusterRef:
    ref: ClusterRef = {
        "arn": cluster.arn,
        "name": cluster.name,
        "capacity": capacity.kind,
        "arch": capacity.arch,
        "preset": capacity.preset,
    }
    if capacity.kind == "fargate_spot":
        ref["on_demand_base"] = capacity.on_demand_base
        ref["on_demand_weight"] = capacity.on_demand_weight
        ref["spot_weight"] = capacity.spot_weight
    if not capacity.is_fargate:
        ref["capacity_provider"] = cluster.capacity_provider
        ref["security_group_id"] = cluster.security_group_id
        if capacity.gpu:
            ref["gpu"] = True
    if capacity.kind == "ec2":
        ref["max_instances"] = capacity.instances.max_size
    return ref
