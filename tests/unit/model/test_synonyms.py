import pytest

from moorage.model.arguments import check_arguments
from moorage.model.fields.tables import TABLES
from moorage.model.problems import Problems
from moorage.model.synonyms import _COMPONENTS, _SYNONYMS, same_meaning  # pyright: ignore[reportPrivateUsage]
from moorage.resources.app.args import ContainerAppArgs
from moorage.resources.cluster.args import EcsClusterArgs
from moorage.resources.network.args import NetworkArgs


@pytest.mark.parametrize(
    ("declaration", "name", "meant"),
    [
        (ContainerAppArgs, "replicas", "count"),
        (ContainerAppArgs, "desired_count", "count"),
        (ContainerAppArgs, "desiredCount", "count"),
        (ContainerAppArgs, "env", "environment"),
        (ContainerAppArgs, "dockerfile", "build.dockerfile"),
        (ContainerAppArgs, "healthcheck", "health_check"),
        (ContainerAppArgs, "healthCheck", "health_check"),
        (ContainerAppArgs, "loadBalancer", "load_balancer"),
        (ContainerAppArgs, "working-directory", "working_directory"),
        (ContainerAppArgs, "shm_size", "linux.shared_memory"),
        (EcsClusterArgs, "launch_type", "capacity"),
        (EcsClusterArgs, "instance_type", "ec2.instance_types"),
        (ContainerAppArgs, "assign_public_ip", "subnets"),
        (ContainerAppArgs, "host", "rules[].host"),
        (ContainerAppArgs, "path", "rules[].path"),
        (ContainerAppArgs, "instances", "count"),
        (EcsClusterArgs, "instances", "ec2"),
        (NetworkArgs, "assignPublicIp", "private_egress"),
        # Mistyped.
        (ContainerAppArgs, "enviroment", "environment"),
        (ContainerAppArgs, "memroy", "memory"),
        (ContainerAppArgs, "stop_timout", "stop_timeout"),
        (ContainerAppArgs, "helth_check", "health_check"),
        (ContainerAppArgs, "readonly", "read_only"),
        (ContainerAppArgs, "log_group", "log_group_name"),
    ],
)
def test_a_hint_names_the_argument_that_means_the_same(declaration: type, name: str, meant: str) -> None:
    problems = Problems("Thing", "x")
    check_arguments(declaration, {name: 1}, problems)
    assert f"{name}: unknown argument; did you mean {meant!r}?" in [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("name", "argument", "component"),
    [
        ("launch_type", "capacity", "EcsCluster"),
        ("capacity", "capacity", "EcsCluster"),
        ("cpuArchitecture", "arch", "EcsCluster"),
        ("domain", "domain", "LoadBalancer"),
        ("domain_name", "domain", "LoadBalancer"),
        ("schedule_expression", "schedule", "Job"),
        ("vpc", "network", ""),
    ],
)
def test_a_hint_names_the_component_that_has_the_argument(name: str, argument: str, component: str) -> None:
    problems = Problems("Thing", "x")
    check_arguments(ContainerAppArgs, {name: 1}, problems)
    hint = f"{argument!r} is an argument of {component}" if component else f"did you mean {argument!r}?"
    assert f"{name}: unknown argument; {hint}" in map(str, problems)


@pytest.mark.parametrize("name", ["timeout", "private_subnet"])
def test_a_name_of_another_meaning_is_no_typing_error(name: str) -> None:
    problems = Problems("Thing", "x")
    check_arguments(ContainerAppArgs, {name: 1}, problems)
    assert f"{name}: unknown argument; docs/reference lists all of ContainerAppArgs" in map(str, problems)


def test_a_name_without_a_meaning_has_no_hint() -> None:
    problems = Problems("Thing", "x")
    check_arguments(ContainerAppArgs, {"quux": 1}, problems)
    assert "quux: unknown argument; docs/reference lists all of ContainerAppArgs" in map(str, problems)


def test_synonyms_name_arguments_and_are_none() -> None:
    paths = {path for table in TABLES.values() for path in table.fields}
    names = {part.rstrip("[]") for path in paths for part in path.split(".")}
    for path, synonyms in _SYNONYMS.items():
        first = path.partition(".")[0].removesuffix("[]")
        assert path in paths if "." in path else path in names, path
        for synonym in synonyms:
            assert same_meaning(synonym, {first}) == path


def test_components_have_the_arguments_for_which_they_are_named() -> None:
    for component, arguments in _COMPONENTS.items():
        for argument in arguments:
            assert argument in TABLES[component].fields
