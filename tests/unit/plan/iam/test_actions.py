"""The table of actions: complete for what moorage creates, and spelled as AWS spells it."""

from collections.abc import Iterator
from typing import Any, cast

import botocore.session
import pytest
from support.aws_models.requests import NOT_CHECKED, REQUESTS
from support.stacks import STACKS, stack

from moorage.offline.invokes import TABLE
from moorage.plan.iam.access import FUNCTIONS, PASSED_TO, RUN_JOB
from moorage.plan.iam.actions import ACTIONS
from moorage.plan.iam.containers import SCAN
from moorage.plan.iam.permit import EVERYTHING, Permit

BOTOCORE = {
    "application-autoscaling": ("application-autoscaling",),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elbv2",),
    "s3": ("s3", "s3control"),
    "states": ("stepfunctions",),
}
"""Boto3's name of a service, where it is not IAM's prefix."""

NO_OPERATION = {
    # Service Authorization Reference of each service: actions that are not named as an operation.
    "billing:GetBillingViewData",
    "budgets:ModifyBudget",
    "budgets:ViewBudget",
    "elasticloadbalancing:CreateWebACLAssociation",
    "elasticloadbalancing:DeleteWebACLAssociation",
    "elasticloadbalancing:GetLoadBalancerWebACL",
    "elasticloadbalancing:SetWebAcl",
    "iam:PassRole",
    "s3:DeleteObjectVersion",
    "s3:GetAccelerateConfiguration",
    "s3:GetBucketCORS",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
}

OTHER_NAME = {
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}
"""The action of an operation, where the names differ."""

CHANGES_EVERYTHING = {
    # Service Authorization Reference: these have no resource types.
    "acm:RequestCertificate",
    "ecs:DeregisterTaskDefinition",
    "elasticfilesystem:CreateFileSystem",
    "elasticloadbalancing:SetWebAcl",
    "route53:CreateHealthCheck",
    "servicediscovery:CreateHttpNamespace",
    "servicediscovery:TagResource",
    "servicediscovery:UntagResource",
    "sns:SetSubscriptionAttributes",
    "sns:Unsubscribe",
    "states:ValidateStateMachineDefinition",
    # Limited by its condition to launch templates.
    "ec2:RunInstances",
}


def permits() -> Iterator[tuple[str, Permit]]:
    for name, entries in {**ACTIONS, **FUNCTIONS, "pre_deploy": RUN_JOB, "scan": (SCAN,)}.items():
        for permit in entries:
            yield name, permit


def test_every_type_that_moorage_creates_is_in_the_table() -> None:
    assert {*REQUESTS, *NOT_CHECKED} - ACTIONS.keys() == set()


@pytest.mark.parametrize("name", STACKS)
def test_every_type_and_function_of_the_examples_is_in_the_table(name: str) -> None:
    graph = stack(name)
    types = {each.type for each in graph if each.custom and not each.type.startswith("pulumi:providers:")}
    assert types - ACTIONS.keys() == set()
    assert {call.token for call in graph.invokes} - FUNCTIONS.keys() == set()


def test_every_function_that_the_evaluation_knows_is_in_the_table() -> None:
    assert TABLE.keys() - FUNCTIONS.keys() == set()


def test_the_actions_of_a_type_include_the_requests_that_create_it() -> None:
    prefixes = {names[0]: prefix for prefix, names in BOTOCORE.items()}
    missing = {
        type_: action
        for type_, row in REQUESTS.items()
        for call in row.calls
        for action in [f"{prefixes.get(call.service, call.service)}:{call.operation}"]
        if OTHER_NAME.get(action, action)
        not in {each for permit in ACTIONS[type_] for each in permit.actions}
    }
    assert missing == {}


def test_every_action_is_an_operation_of_its_service() -> None:
    session = botocore.session.get_session()
    actions = {action for _, permit in permits() for action in permit.actions}
    operations: dict[str, set[str]] = {}
    for prefix in {action.partition(":")[0] for action in actions}:
        names = BOTOCORE.get(prefix, (prefix,))
        operations[prefix] = {
            name
            for service in names
            if service in session.get_available_services()
            for model in [cast(Any, session.get_service_model(service))]
            for name in model.operation_names
        }
    unknown = {each for each in actions if each.split(":")[1] not in operations[each.split(":")[0]]}
    assert unknown | {"iam:PassRole"} == NO_OPERATION


@pytest.mark.parametrize("permit", [permit for _, permit in permits()])
def test_an_action_is_on_a_resource_of_its_service(permit: Permit) -> None:
    if permit.resource == EVERYTHING:
        changing = {each for each in permit.actions if each not in permit.reading().actions}
        assert changing <= CHANGES_EVERYTHING
    else:
        services = {action.partition(":")[0] for action in permit.actions}
        # AWS WAF protects a load balancer: the actions are on both.
        assert services <= {permit.resource.partition(":")[0], "wafv2"}
        assert permit.resource.count(":") >= 3


def test_a_role_is_passed_by_types_in_the_table() -> None:
    assert PASSED_TO.keys() <= ACTIONS.keys()
    assert all(service.endswith(".amazonaws.com") for service in PASSED_TO.values())
