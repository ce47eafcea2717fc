"""The plugin as an engine runs it: a process that is started with the engine's address, over gRPC."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
from support.engine import StartEngine
from support.plugin_engine import Out, PluginEngine, Refused
from support.plugin_engine import made as made_by

from moorage import __version__
from moorage.offline.graph import Secret
from moorage.plugin import Plugin, check_sdk

SECONDS = 60
"""How long any one step may take: far longer than it does, so that a hang becomes a failure."""


class Running(NamedTuple):
    """The plugin's process, how it is called, and the engine that it calls."""

    process: subprocess.Popen[str]
    stub: Any
    engine: PluginEngine


@pytest.fixture
def process(start_engine: StartEngine[PluginEngine], root: Path) -> Iterator[Running]:
    """Start the plugin as Pulumi's language host for Python does; give process, stub and engine."""
    engine = start_engine()
    # `<virtualenv>/bin/python <folder> <address of the engine>`, in the folder of the consumer's program.
    with subprocess.Popen(
        [sys.executable, str(root / "components"), engine.address, "--logtostderr"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        try:
            port = process.stdout.readline().strip()
            assert port.isdigit(), process.communicate(timeout=SECONDS)[1]
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield Running(process, provider_pb2_grpc.ResourceProviderStub(channel), engine)
        finally:
            process.kill()


def test_what_an_engine_asks_first(process: Running, plugin: Plugin) -> None:
    running, stub, _ = process

    assert stub.GetPluginInfo(empty_pb2.Empty(), timeout=SECONDS).version == __version__
    schema = stub.GetSchema(provider_pb2.GetSchemaRequest(version=0), timeout=SECONDS).schema
    assert json.loads(schema) == json.loads(plugin.schema or "")
    configured = stub.Configure(provider_pb2.ConfigureRequest(acceptSecrets=True), timeout=SECONDS)
    # Without output values an engine would send secrets and dependencies of whole arguments only.
    assert configured.acceptSecrets
    assert configured.acceptOutputs
    # A newer engine shakes hands first, and goes on when that is not implemented.
    with pytest.raises(grpc.RpcError) as refused:
        stub.Handshake(provider_pb2.ProviderHandshakeRequest(), timeout=SECONDS)
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
    stub.Cancel(empty_pb2.Empty(), timeout=SECONDS)
    assert running.poll() is None


def test_components_are_made_and_handed_on(process: Running, project: Path) -> None:
    _, stub, engine = process
    (project / "Dockerfile").write_text("FROM scratch\n")

    def construct(*request: Any) -> Any:
        return made_by(stub.Construct(engine.request(*request), timeout=SECONDS))

    network = construct("Network", "net", {})
    ids = {"vpcId": network.out("vpcId"), "publicSubnetIds": network.out("publicSubnetIds")}
    cluster = construct("EcsCluster", "main", {})
    where = {"arn": cluster.out("arn"), "name": cluster.out("name")}
    arguments = {
        "network": ids,
        "cluster": where,
        "build": {"context": "."},
        "verify": False,
        "secretValues": {"TOKEN": Out("hush", secret=True)},
    }
    calls = [
        stub.Construct.future(engine.request("ContainerApp", name, arguments), timeout=SECONDS)
        for name in ("notes", "todo")
    ]
    apps = [made_by(call.result()) for call in calls]

    assert len({app.state["serviceName"] for app in apps}) == 2
    assert {one.name for one in engine.resources(":Service")} == {"notes", "todo"}
    assert [one.inputs["secretString"] for one in engine.resources(":SecretVersion")] == [Secret("hush")] * 2
    assert (project / ".build").is_dir()


def test_a_wrong_argument_reads_clean(process: Running) -> None:
    _, stub, engine = process
    request = engine.request("Network", "net", {"publicSubnetIds": ["subnet-1"], "privateEgress": True})

    with pytest.raises(grpc.RpcError) as caught:
        stub.Construct(request, timeout=SECONDS)

    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    metadata = {key: value for key, value in caught.value.trailing_metadata()}
    refused = Refused(caught.value.details(), metadata["grpc-status-details-bin"])
    assert refused.message == "Network 'net': 2 problems in its arguments"
    assert refused.properties == {
        "'publicSubnetIds'": ["needs vpcId"],
        "privateEgress": ["needs privateSubnetIds, vpcId or vpcTags: the default VPC has no private subnets"],
    }
    # The next request is served.
    assert made_by(stub.Construct(engine.request("Network", "net", {}), timeout=SECONDS)).state["vpcId"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["interrupted", "killed"])
def test_it_ends_when_the_engine_wants_it(process: Running, how: signal.Signals) -> None:
    running, stub, engine = process
    stub.Construct(engine.request("EcsCluster", "main", {}), timeout=SECONDS)

    running.send_signal(how)
    _, errors = running.communicate(timeout=SECONDS)

    assert running.returncode in (0, -how)
    assert "Traceback" not in errors


def test_it_says_what_it_needs_when_started_by_hand(root: Path) -> None:
    command = [sys.executable, str(root / "components")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)

    assert done.returncode == 2
    assert (
        "Pulumi engine address"
        in subprocess.run(
            [*command, "--help"], capture_output=True, text=True, timeout=SECONDS, check=True
        ).stdout
    )
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("version", ["3.236.0", "2.999.1"])
def test_an_older_sdk_is_refused_by_name(version: str) -> None:
    with pytest.raises(SystemExit, match=f"requires pulumi 3.237 or newer in its environment, not {version}"):
        check_sdk(version)
    check_sdk("3.237.0")
    check_sdk("4.0.0a1")


def test_the_folder_is_a_plugin_and_no_program(root: Path) -> None:
    folder = root / "components"

    # With both files in a folder the CLI refuses it.
    assert (folder / "PulumiPlugin.yaml").is_file()
    assert not (folder / "Pulumi.yaml").exists()
    assert (folder / "__main__.py").is_file()
