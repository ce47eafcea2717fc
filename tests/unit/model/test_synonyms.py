import pytest

from moorage.model.arguments import check_arguments
from moorage.model.fields.tables import TABLES
from moorage.model.problems import Problems
from moorage.model.synonyms import _SYNONYMS, same_meaning  # pyright: ignore[reportPrivateUsage]
from moorage.resources.app.args import ContainerAppArgs
from moorage.resources.cluster.args import EcsClusterArgs


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
        # Mistyped.
        (ContainerAppArgs, "enviroment", "environment"),
        (ContainerAppArgs, "memroy", "memory"),
    ],
)
def test_a_hint_names_the_argument_that_means_the_same(declaration: type, name: str, meant: str) -> None:
    problems = Problems("Thing", "x")
    check_arguments(declaration, {name: 1}, problems)
    assert f"{name}: unknown argument; did you mean {meant!r}?" in [str(problem) for problem in problems]


def test_a_name_without_a_meaning_has_no_hint() -> None:
    problems = Problems("Thing", "x")
    check_arguments(ContainerAppArgs, {"quux": 1}, problems)
    assert "quux: unknown argument; docs/reference lists all of ContainerAppArgs" in map(str, problems)


def test_synonyms_name_arguments_and_are_none() -> None:
    paths = {path for table in TABLES.values() for path in table.fields}
    names = {part.rstrip("[]") for path in paths for part in path.split(".")}
    for synonym, meant in _SYNONYMS.items():
        for path in meant:
            assert path in paths if "." in path else path in names, (synonym, path)
            assert same_meaning(synonym, {path.partition(".")[0]}) == path
