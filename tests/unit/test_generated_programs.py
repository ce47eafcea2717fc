"""Whatever arguments a component is given, it refuses them with the field's name or makes what AWS takes.

MOORAGE_GENERATED=2000 generates so many examples for each test, other ones each time; by default there are
few, and always the same.
"""

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pulumi_aws as aws
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support import generated_apps as apps
from support import generated_arguments as arguments
from support import generated_compose as compose
from support.files import write_anew
from support.generated_compose_keys import FOLDER, of_service
from support.generated_programs import PRIVATE, PUBLIC, Judged, Place, judged, late

from moorage.compose_file.service_keys import HONOURED
from moorage.model.fields.tables import TABLES

EXAMPLES = int(os.environ.get("MOORAGE_GENERATED", "0"))

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1234"
CAPACITIES = ("fargate", "fargate_spot", "ec2", "managed_instances")

places = st.builds(Place, arguments.projects, arguments.stack_names, arguments.regions)

generated = settings(
    max_examples=EXAMPLES or 30,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    # Examples are small, and the message says what is wrong: shrinking one takes minutes.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module", autouse=True)
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("project")
    (folder / "app").mkdir()
    for name, text in FOLDER.items():
        (folder / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield


@pytest.fixture(autouse=True)
def aws_takes_it() -> None:
    """Spare the judging of every unit test: here it is done for each example."""


def accepts(found: Judged) -> None:
    """Nothing is wrong with what was made, and what was refused names its fields."""
    assert "\n".join(map(str, found.violations)) == ""
    for error in found.refused:
        assert error.problems
        assert all(problem.field and problem.text for problem in error.problems)


def cluster_args(capacity: str, arch: str, preset: str) -> dict[str, Any]:
    instances: dict[str, Any] = {}
    if capacity in ("ec2", "managed_instances"):
        instances = {"network": PRIVATE}
    return {"capacity": capacity, "arch": arch, "preset": preset, **instances}


kinds = st.builds(
    cluster_args,
    st.sampled_from(CAPACITIES),
    st.sampled_from(["x86_64", "arm64"]),
    st.sampled_from(["dev", "prod"]),
)


gpu_cluster = {**cluster_args("ec2", "x86_64", "dev"), "ec2": {"instance_types": ["g5.xlarge"]}}


@given(
    name=arguments.logical_names,
    made=kinds.flatmap(lambda kind: st.tuples(st.just(kind), arguments.cluster_arguments(kind))),
    place=places,
)
@generated
def test_clusters(name: str, made: Any, place: Place) -> None:
    kind, (args, instances) = made
    args = {**({"network": PRIVATE} if "namespace" in args else {}), **kind, **args}
    if "network" in kind and instances:
        args["ec2"] = instances
    for preview in (False, True):
        accepts(judged(lambda make: make("EcsCluster", name, args), place, preview=preview))


@given(
    name=arguments.logical_names,
    args=arguments.some(arguments.of_balancer),
    domain=st.none() | arguments.domains,
    domains=st.lists(arguments.domains, unique=True, max_size=2),
    certificate=st.booleans(),
    place=places,
)
@generated
def test_load_balancers(
    name: str, args: Any, domain: str | None, domains: list[str], certificate: bool, place: Place
) -> None:
    args = {"network": PRIVATE, **args}
    if domain is not None:
        args |= {"domain": domain, "zone_id": "Z1", "domains": domains}
    elif certificate or "certificate_arns" in args:
        args["certificate_arn"] = CERTIFICATE
    for preview in (False, True):
        accepts(judged(lambda make: make("LoadBalancer", name, args), place, preview=preview))


@given(
    name=arguments.logical_names,
    placed=st.one_of(kinds, kinds, kinds, st.just(gpu_cluster)).flatmap(
        lambda kind: st.tuples(st.just(kind), apps.app_arguments(kind))
    ),
    source=arguments.sources,
    unbalanced=arguments.some(apps.of_unbalanced_app, most=1),
    balanced=st.none() | arguments.some(arguments.of_balanced_app),
    connections=st.none() | arguments.some(arguments.of_network_app),
    deployment=st.just({}) | arguments.deployments,
    outputs=st.booleans(),
    place=places,
)
@generated
def test_apps(
    name: str,
    placed: tuple[dict[str, Any], dict[str, Any]],
    source: Any,
    unbalanced: Any,
    balanced: Any,
    connections: Any,
    deployment: Any,
    outputs: bool,
    place: Place,
) -> None:
    kind, args = placed

    def program(make: Any) -> None:
        network = PUBLIC if kind["capacity"].startswith("fargate") else PRIVATE
        cluster = make("EcsCluster", "main", kind)
        given: dict[str, Any] = {"cluster": cluster.ref, "network": network, **source, **args}
        reach = {"cluster": cluster.ref} if kind["capacity"] == "ec2" else {}
        if connections is not None:
            certified = {"type": "network", "certificate_arn": CERTIFICATE}
            balancer = make("LoadBalancer", "nlb", {"network": network, **reach, **certified})
            given |= {"load_balancer": balancer.ref, **connections}
        elif balanced is not None:
            balancer = make("LoadBalancer", "alb", {"network": network, **reach, "ports": [8443]})
            given |= {"load_balancer": balancer.ref, **balanced, **deployment}
        else:
            given |= unbalanced
        if outputs:
            given = late(given, aws.sns.Topic("source").arn)
        make("ContainerApp", name, given)

    for preview in (False, True):
        accepts(judged(program, place, preview=preview))


@given(
    name=arguments.logical_names,
    kind=kinds,
    source=arguments.sources,
    args=arguments.some(arguments.of_job),
    outputs=st.booleans(),
    place=places,
)
@generated
def test_jobs(name: str, kind: dict[str, Any], source: Any, args: Any, outputs: bool, place: Place) -> None:
    def program(make: Any) -> None:
        network = PUBLIC if kind["capacity"].startswith("fargate") else PRIVATE
        cluster = make("EcsCluster", "main", kind)
        given: dict[str, Any] = {"cluster": cluster.ref, "network": network, **source, **args}
        make("Job", name, late(given, aws.sns.Topic("source").arn) if outputs else given)

    for preview in (False, True):
        accepts(judged(program, place, preview=preview))


@given(
    name=arguments.logical_names,
    build=arguments.builds,
    args=arguments.some(arguments.of_image),
    place=places,
)
@generated
def test_images(name: str, build: Any, args: Any, place: Place) -> None:
    args = {"build": build, **args}
    for preview in (False, True):
        accepts(judged(lambda make: make("ContainerImage", name, args), place, preview=preview))


@given(
    name=arguments.logical_names,
    args=arguments.networks,
    place=places,
)
@generated
def test_networks(name: str, args: Any, place: Place) -> None:
    for preview in (False, True):
        accepts(judged(lambda make: make("Network", name, args), place, preview=preview))


class Generated(NamedTuple):
    """The arguments of a component that are generated, and those that are not."""

    keys: Collection[str]
    of_program: Collection[str]
    """Those that a test adds: references to what the program makes, and what they depend on."""
    within: str = ""
    """The object that has them, in the component's arguments."""


_CLUSTER = ("cluster", "network")
_IMAGE = ("image", "build")
GENERATED = {
    "ContainerApp": Generated(
        {*apps.ARGUMENTS, *arguments.of_balanced_app, *arguments.of_network_app},
        {*_CLUSTER, *_IMAGE, "load_balancer", "deployment", "deployment_options"},
    ),
    "ContainerApp.containers.*": Generated(apps.OF_CONTAINERS, _IMAGE, "containers.*."),
    "ContainerApp.build": Generated(arguments.of_build, (), "build."),
    "Job": Generated(arguments.of_job, {*_CLUSTER, *_IMAGE, "cpu", "memory"}),
    "EcsCluster": Generated(arguments.of_cluster, {"capacity", "arch", "network", "ec2"}),
    "EcsCluster.ec2": Generated(arguments.of_instances, (), "ec2."),
    "LoadBalancer": Generated(
        arguments.of_balancer, {*_CLUSTER, "domain", "domains", "zone_id", "certificate_arn"}
    ),
    "ContainerImage": Generated(arguments.of_image, {"build"}),
    "Network": Generated(arguments.of_network, ()),
    "ComposeApp": Generated(compose.of_compose_app, {*_CLUSTER, "load_balancer", "env", "ecs_params"}),
}


def test_every_component_is_generated() -> None:
    assert {name.partition(".")[0] for name in GENERATED} == TABLES.keys()


@pytest.mark.parametrize("name", GENERATED)
def test_every_argument_is_generated(name: str) -> None:
    generated = GENERATED[name]
    paths = TABLES[name.partition(".")[0]].fields
    rows = [path.removeprefix(generated.within) for path in paths if path.startswith(generated.within)]

    assert {*generated.keys, *generated.of_program} == {re.split(r"\.|\[", row)[0] for row in rows}


def test_every_honoured_key_of_a_service_is_generated() -> None:
    assert of_service.keys() | compose.REFERENCES | {"image", "build"} == HONOURED


@given(
    name=arguments.logical_names,
    kind=st.one_of(kinds, kinds, kinds, st.just(gpu_cluster)),
    file=compose.files,
    ecs_params=compose.ecs_params,
    args=arguments.some(compose.of_compose_app),
    balanced=arguments.mostly(st.just(False), st.just(True)),
    place=places,
)
@generated
def test_compose_files(
    name: str, kind: dict[str, Any], file: Any, ecs_params: Any, args: Any, balanced: bool, place: Place
) -> None:
    write_anew(Path("compose.yaml"), yaml.safe_dump(file, allow_unicode=True))
    if ecs_params is not None:
        write_anew(Path("ecs-params.yml"), yaml.safe_dump(ecs_params))
        args = {**args, "ecs_params": "ecs-params.yml"}

    def program(make: Any) -> None:
        network = PUBLIC if kind["capacity"].startswith("fargate") else PRIVATE
        cluster = make("EcsCluster", "main", kind)
        given: dict[str, Any] = {
            "cluster": cluster.ref,
            "network": network,
            "env": {"SECRET": "hush"},
            **args,
        }
        if balanced:
            reach = {"cluster": cluster.ref} if kind["capacity"] == "ec2" else {}
            given["load_balancer"] = make("LoadBalancer", "alb", {"network": network, **reach}).ref
        make("ComposeApp", name, given)

    for preview in (False, True):
        accepts(judged(program, place, preview=preview))
