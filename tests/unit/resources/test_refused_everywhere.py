"""Tags and ARNs that AWS would refuse, in every component that takes some."""

from collections.abc import Callable
from typing import Any

import pytest

from moorage import ContainerApp, ContainerImage, EcsCluster, Job, LoadBalancer
from moorage.offline import EvaluationError, evaluate

NETWORK: dict[str, Any] = {"vpc_id": "vpc-1", "public_subnet_ids": ["a", "b"]}
CLUSTER = {"arn": "arn:aws:ecs:us-east-1:123456789012:cluster/main", "name": "main"}
RUN: dict[str, Any] = {"cluster": CLUSTER, "network": NETWORK, "image": "nginx:1"}
EC2: dict[str, Any] = {"network": NETWORK, "capacity": "ec2"}

Component = Callable[..., Any]


def refused(component: Component, args: dict[str, Any], preview: bool) -> str:
    with pytest.raises(EvaluationError) as caught:
        evaluate(lambda: component("web", args), preview=preview)
    return str(caught.value)


@pytest.mark.parametrize(
    ("component", "args", "own"),
    [
        (ContainerApp, RUN, 2),
        (ContainerApp, {**RUN, "pre_deploy": {"command": ["migrate"]}}, 3),
        (Job, RUN, 2),
        (EcsCluster, {}, 2),
        (EcsCluster, EC2, 4),
        (LoadBalancer, {"network": NETWORK}, 2),
        (ContainerImage, {"build": {"context": "tests"}}, 2),
    ],
)
def test_more_than_fifty_tags(component: Component, args: dict[str, Any], own: int, preview: bool) -> None:
    tags = {f"k{number}": "v" for number in range(51 - own)}
    text = f"tags: {51 - own} tags, and {own} of moorage's own; a resource has at most 50; remove 1"
    assert text in refused(component, {**args, "tags": tags}, preview)


@pytest.mark.parametrize(
    ("component", "args", "line"),
    [
        (LoadBalancer, {"network": NETWORK, "certificate_arn": "arn:c"}, "certificate_arn: 'arn:c': "),
        (LoadBalancer, {"network": NETWORK, "web_acl_arn": "acl"}, "web_acl_arn: 'acl': "),
        (EcsCluster, {**EC2, "ec2": {"policy_arns": ["AmazonSSM"]}}, "ec2.policy_arns[0]: 'AmazonSSM': "),
        (ContainerApp, {**RUN, "secrets_key_arns": ["alias/own"]}, "secrets_key_arns[0]: "),
        (Job, {**RUN, "image": "NGINX:1"}, "image: 'NGINX:1': must be an image's reference"),
        (Job, {**RUN, "secret_values": {"T": ""}}, "secret_values.T: must not be empty"),
    ],
)
def test_strings_that_aws_refuses(
    component: Component, args: dict[str, Any], line: str, preview: bool
) -> None:
    assert line in refused(component, args, preview)
