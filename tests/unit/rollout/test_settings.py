"""Whether a service runs with the settings that a program asks for."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moorage.rollout.settings import asked_for, differing, settings_of

PREFIX = "arn:aws:ecs:eu-central-1:123456789012:capacity-provider/"
GROUPS = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/"
GIVEN: dict[str, Any] = {
    "capacity_provider_strategies": [
        {"capacity_provider": "FARGATE", "base": 1, "weight": 0},
        {"capacity_provider": "FARGATE_SPOT", "base": 0, "weight": 3},
    ],
    "network_configuration": {
        "subnets": ["subnet-1", "subnet-2"],
        "security_groups": ["sg-1"],
        "assign_public_ip": True,
    },
    "load_balancers": [
        {"target_group_arn": f"{GROUPS}blue", "container_name": "notes", "container_port": 8080}
    ],
    "service_connect_configuration": {
        "enabled": True,
        "namespace": "arn:aws:servicediscovery:eu-central-1:123456789012:namespace/ns-1",
        "services": [
            {
                "port_name": "http",
                "discovery_name": "notes",
                "client_alias": [{"port": 80, "dns_name": "notes"}],
            }
        ],
    },
}
BALANCED = GIVEN["load_balancers"][0]
MOVING = {
    "alternate_target_group_arn": f"{GROUPS}green",
    "production_listener_rule": "rule-1",
    "test_listener_rule": "rule-2",
    "role_arn": "arn:aws:iam::123456789012:role/moving",
}
ASKED = asked_for(GIVEN, GIVEN)


def _shown(**changed: Any) -> dict[str, Any]:
    """Return a service as DescribeServices does, running as asked for but for what is changed."""
    deployment = {
        "status": "PRIMARY",
        **{name: ASKED[name] for name in ASKED if name != "loadBalancers"},
        **{name: value for name, value in changed.items() if name != "loadBalancers"},
    }
    balancers = changed.get("loadBalancers", ASKED["loadBalancers"])
    return {"loadBalancers": balancers, "deployments": [{"status": "ACTIVE"}, deployment]}


def _network(**changed: Any) -> dict[str, Any]:
    return {"awsvpcConfiguration": ASKED["networkConfiguration"]["awsvpcConfiguration"] | changed}


def test_what_is_asked_for_in_the_words_of_the_api() -> None:
    assert asked_for(GIVEN, GIVEN) == {
        "capacityProviderStrategy": [
            {"capacityProvider": "FARGATE", "base": 1, "weight": 0},
            {"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 3},
        ],
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": ["subnet-1", "subnet-2"],
                "assignPublicIp": "ENABLED",
                "securityGroups": ["sg-1"],
            }
        },
        "loadBalancers": [
            {"targetGroupArn": f"{GROUPS}blue", "containerName": "notes", "containerPort": 8080}
        ],
        "serviceConnectConfiguration": {
            "enabled": True,
            "namespace": "arn:aws:servicediscovery:eu-central-1:123456789012:namespace/ns-1",
            "services": [
                {
                    "portName": "http",
                    "discoveryName": "notes",
                    "clientAliases": [{"port": 80, "dnsName": "notes"}],
                }
            ],
        },
    }


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}]},
        {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "base": 1, "weight": 3}]},
        {"networkConfiguration": _network(subnets=["subnet-1", "subnet-3"])},
        {"networkConfiguration": _network(subnets=["subnet-1"])},
        {"networkConfiguration": _network(securityGroups=["sg-1", "sg-2"])},
        {"networkConfiguration": _network(assignPublicIp="DISABLED")},
        {"loadBalancers": []},
        {"loadBalancers": [ASKED["loadBalancers"][0] | {"targetGroupArn": f"{GROUPS}other"}]},
        {"loadBalancers": [ASKED["loadBalancers"][0] | {"containerPort": 8081}]},
        {"loadBalancers": [ASKED["loadBalancers"][0] | {"containerName": "other"}]},
        {"serviceConnectConfiguration": {"enabled": False}},
        {"serviceConnectConfiguration": ASKED["serviceConnectConfiguration"] | {"services": []}},
    ],
    ids=str,
)
def test_what_surely_differs_is_named(changed: dict[str, Any]) -> None:
    assert differing(ASKED, settings_of(_shown(**changed))) == tuple(changed)


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"deployments": []},
        {"deployments": [{"status": "PRIMARY", "launchType": "FARGATE"}]},
        _shown(capacityProviderStrategy=[]),
        _shown(networkConfiguration={}),
        _shown(networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-2", "subnet-1"]}}),
        # An older deployment does not matter, nor does what ECS answers beside it.
        {**_shown(), "networkConfiguration": _network(subnets=["subnet-9"]), "platformVersion": "1.4.0"},
    ],
    ids=str,
)
def test_what_is_not_shown_is_no_difference(shown: dict[str, Any]) -> None:
    assert differing(ASKED, settings_of(shown)) == ()


def test_what_the_program_does_not_set_is_not_compared() -> None:
    nothing = dict.fromkeys(GIVEN)
    assert asked_for(nothing, nothing) == {}
    without = GIVEN | {"network_configuration": GIVEN["network_configuration"] | {"security_groups": None}}
    asked = asked_for(without, without)
    assert differing(asked, settings_of(_shown(networkConfiguration=_network(securityGroups=["sg-9"])))) == ()


@pytest.mark.parametrize("name", list(GIVEN))
def test_what_the_resource_does_not_agree_to_is_not_compared(name: str) -> None:
    """`ignore_changes`, or a transform, has changed or removed it."""
    other = {
        "capacity_provider_strategies": [{"capacity_provider": "FARGATE", "weight": 1}],
        "network_configuration": {"subnets": ["subnet-9"]},
        "load_balancers": [BALANCED | {"container_port": 9}],
        "service_connect_configuration": {"enabled": False},
    }
    for became in (GIVEN | {name: other[name]}, GIVEN | {name: None}):
        assert len(asked_for(GIVEN, became)) == len(GIVEN) - 1


@pytest.mark.parametrize(
    ("shown", "same"),
    [
        (("blue", "green"), True),
        (("green", "blue"), True),
        (("blue", ""), True),
        (("other", "green"), False),
        (("other", ""), False),
    ],
)
def test_groups_that_swap_their_roles_are_the_same(shown: tuple[str, str], same: bool) -> None:
    given = GIVEN | {"load_balancers": [BALANCED | {"advanced_configuration": MOVING}]}
    asked = asked_for(given, given)
    assert asked["loadBalancers"][0]["advancedConfiguration"] == {
        "alternateTargetGroupArn": f"{GROUPS}green",
        "productionListenerRule": "rule-1",
        "testListenerRule": "rule-2",
        "roleArn": "arn:aws:iam::123456789012:role/moving",
    }
    live, second = (f"{GROUPS}{name}" if name else "" for name in shown)
    found = {**asked["loadBalancers"][0], "targetGroupArn": live}
    found["advancedConfiguration"] = {"alternateTargetGroupArn": second} if second else {}
    differs = differing(asked, settings_of(_shown(loadBalancers=[found])))
    assert differs == (() if same else ("loadBalancers",))


names = st.sampled_from(["FARGATE", "FARGATE_SPOT", "notes-instances"])
strategies = st.lists(
    st.fixed_dictionaries(
        {"capacity_provider": names}, optional={"base": st.integers(0, 2), "weight": st.integers(0, 3)}
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda item: item["capacity_provider"],
)
identifiers = st.lists(st.sampled_from("abcde"), min_size=1, max_size=4, unique=True)
arguments = st.fixed_dictionaries(
    {},
    optional={
        "capacity_provider_strategies": strategies,
        "network_configuration": st.fixed_dictionaries(
            {"subnets": identifiers, "assign_public_ip": st.booleans()},
            optional={"security_groups": identifiers},
        ),
        "load_balancers": st.lists(
            st.fixed_dictionaries(
                {
                    "target_group_arn": st.sampled_from("abc"),
                    "container_name": st.sampled_from("xy"),
                    "container_port": st.integers(1, 3),
                },
                optional={"advanced_configuration": st.just(MOVING)},
            ),
            min_size=1,
            max_size=2,
        ),
    },
)


def _spelled(data: st.DataObject, asked: Any) -> dict[str, Any]:
    """Return settings as ECS could answer them: in any order, by name or ARN, without what is its default."""
    shown: dict[str, Any] = {}
    for item in asked.get("capacityProviderStrategy", []):
        prefix = data.draw(st.sampled_from(["", PREFIX]))
        kept = {
            key: value
            for key, value in item.items()
            if key != "capacityProvider" and (value or data.draw(st.booleans()))
        }
        spelled = {"capacityProvider": prefix + item["capacityProvider"], **kept}
        shown.setdefault("capacityProviderStrategy", []).append(spelled)
    if "networkConfiguration" in asked:
        awsvpc = dict(asked["networkConfiguration"]["awsvpcConfiguration"])
        for key in ("subnets", "securityGroups"):
            awsvpc[key] = data.draw(st.permutations(awsvpc.get(key, ["sg-default"])))
        shown["networkConfiguration"] = {"awsvpcConfiguration": awsvpc}
    if "loadBalancers" in asked:
        shown["loadBalancers"] = list(asked["loadBalancers"])
    if "capacityProviderStrategy" in shown:
        shown["capacityProviderStrategy"] = data.draw(st.permutations(shown["capacityProviderStrategy"]))
    if "loadBalancers" in shown:
        shown["loadBalancers"] = data.draw(st.permutations(shown["loadBalancers"]))
    return shown


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.data())
def test_the_same_settings_never_differ(data: st.DataObject) -> None:
    given = data.draw(arguments)
    asked = asked_for(given, given)
    assert set(asked) == {
        {
            "capacity_provider_strategies": "capacityProviderStrategy",
            "network_configuration": "networkConfiguration",
            "load_balancers": "loadBalancers",
        }[name]
        for name in given
    }
    shown = _spelled(data, asked)
    at_service = {
        name: shown.pop(name) for name in list(shown) if name == "loadBalancers" or data.draw(st.booleans())
    }
    service = {**at_service, "deployments": [{"status": "PRIMARY", **shown}]}
    assert differing(asked, settings_of(service)) == ()
