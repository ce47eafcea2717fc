"""What AWS would refuse of a compose file, said with its file and line before anything is made."""

from pathlib import Path

import pulumi
import pytest

from moorage.offline import EvaluationError

from .conftest import NETWORK, App, containers

GPU = "services:\n  web:\n    image: x/y:1\n    gpus: [{count: 2}]\n"
PRIVATE = {**NETWORK, "private_subnet_ids": ["c", "d"], "private_egress": True}
CARDS = {"capacity": "ec2", "ec2": {"instance_types": ["g4dn.xlarge", "g5.xlarge"]}}


@pytest.mark.parametrize(
    ("service", "line"),
    [
        ("image: NGINX:1", "compose.yml:3: services.web.image: 'NGINX:1': must be an image's reference"),
        (
            "image: n\n    logging: {driver: awsfirelens, options: {Name: cloudwatch_logs}}",
            "compose.yml:4: services.web.logging.driver: 'awsfirelens': is not supported",
        ),
        (
            "image: n\n    deploy:\n      labels: {'aws:x': v}",
            "compose.yml:5: services.web.deploy.labels: 'aws:x': the key must not begin with aws:",
        ),
        (
            "image: n\n    environment:\n      LONG: " + "x" * 66_000,
            "compose.yml:4: services.web.environment: its task definition has 67,",
        ),
    ],
)
def test_what_aws_refuses(app: App, service: str, line: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        app(f"services:\n  web:\n    {service}\n")
    assert line in str(caught.value)


def test_tags_of_the_component_and_labels_of_a_service_count_together(app: App) -> None:
    text = "services:\n  web:\n    image: n\n    deploy: {labels: {one: a, two: b}}\n"
    app(text, tags={f"k{number}": "v" for number in range(46)})
    with pytest.raises(EvaluationError, match=r"compose.yml:4: services.web.deploy.labels: 49 tags"):
        app(text, tags={f"k{number}": "v" for number in range(47)})


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "must not be empty"), (b"\n", "must not be empty"), (b"x" * 66_000, "at most 65,536 bytes")],
)
def test_a_secret_file_that_secrets_manager_refuses(
    app: App, tmp_path: Path, content: bytes, why: str
) -> None:
    (tmp_path / "pw.txt").write_bytes(content)
    text = "services:\n  web:\n    image: n\n    secrets: [pw]\nsecrets:\n  pw: {file: ./pw.txt}\n"
    with pytest.raises(EvaluationError) as caught:
        app(text)
    assert "compose.yml:6: secrets.pw: " in str(caught.value)
    assert why in str(caught.value)


def test_gpus_need_instances_that_have_them(app: App, preview: bool) -> None:
    graph = app(GPU, cluster=CARDS, network=PRIVATE, preview=preview)
    assert containers(graph)["web"]["resourceRequirements"] == [{"type": "GPU", "value": "2"}]
    parameter = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id"
    assert graph.one("aws:ec2/launchTemplate:LaunchTemplate").inputs["imageId"] == parameter
    for cluster in ({"capacity": "ec2"}, {"capacity": "managed_instances"}):
        with pytest.raises(
            EvaluationError, match=r"compose.yml:4: services.web.gpus: 2: the cluster has no GPUs"
        ):
            app(GPU, cluster=cluster, network=PRIVATE)


def test_an_output_in_a_variable_is_checked_when_it_is_known(app: App) -> None:
    text = "services:\n  web:\n    image: 'n:$TAG'\n    environment: {LONG: '$LONG'}\n"

    def env(tag: str) -> dict[str, pulumi.Input[str]]:
        return {"TAG": pulumi.Output.from_input(tag), "LONG": pulumi.Output.from_input("x" * 66_000)}

    with pytest.raises(EvaluationError, match=r"shop-web: its task definition has 67,"):
        app(text, env=lambda: env("1"))
    with pytest.raises(EvaluationError, match=r"shop-web: image: the tag must be 1 to 128"):
        app(text, env=lambda: env("a b"))


@pytest.mark.parametrize(
    ("services", "line"),
    [
        (
            "a: {image: x, ports: ['80:80']}\n  b:\n    image: y\n    ports: ['80:80']",
            "5: services.b.ports: port 80 is also a's; the containers of a task share its ports",
        ),
        (
            "a: {image: x}\n  b:\n    image: y\n    mem_limit: 3m",
            "5: services.b.mem_limit: 3: must be from 6",
        ),
        (
            "a:\n    image: x\n    mem_limit: 100m\n    mem_reservation: 200m",
            "5: services.a.mem_reservation: 200: must be below 100",
        ),
        (
            "a: {image: x}\n  b:\n    image: y\n    tmpfs:\n    - /t:size=1m\n    - /u:size=1m,fast",
            "7: services.b.tmpfs: 'fast': must be one of ro, rw",
        ),
        (
            "a:\n    image: x\n    cap_add:\n    - CHOWN\n    - NET_ADMIN",
            "6: services.a.cap_add: 'NET_ADMIN': must be SYS_PTRACE on Fargate",
        ),
        ("a:\n    image: x\n    volumes_from: [a]", "4: services.a: dependency cycle: a -> a"),
    ],
)
def test_what_the_app_refuses_has_its_line_in_the_file(app: App, services: str, line: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        app(f"services:\n  {services}\n", task="one")
    assert f"compose.yml:{line}" in str(caught.value)
