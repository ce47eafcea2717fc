"""The docker-build plugin's part where the registry is emulated: it compares inputs, and builds nothing.

The emulators answer Amazon ECR's API and store no layers: nothing can be pushed. An image's digest follows
from its inputs.
"""

import hashlib
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN

VERSION = "0.0.22"


def install(folder: Path) -> None:
    """Write the plugin's executable into a folder of PATH, where the engine looks first."""
    script = folder / "pulumi-resource-docker-build"
    start = f"import sys; sys.path[:0] = {sys.path!r}; from support.docker_build import main; main()"
    script.write_text(f"#!{sys.executable}\n{start}\n")
    script.chmod(0o755)


def _compared(inputs: struct_pb2.Struct) -> dict[str, bytes]:
    """Return what makes an image another one: not the registry's password, which is new each time."""
    return {
        key: value.SerializeToString(deterministic=True)
        for key, value in sorted(inputs.fields.items())
        if key not in ("registries", "__internal")
    }


def _built(inputs: struct_pb2.Struct, preview: bool) -> struct_pb2.Struct:
    digest = ref = UNKNOWN
    if not preview:
        digest = "sha256:" + hashlib.sha256(repr(_compared(inputs)).encode()).hexdigest()
        ref = f"{inputs.fields['tags'].list_value.values[0].string_value}@{digest}"
    outputs = struct_pb2.Struct()
    outputs.CopyFrom(inputs)
    outputs.update({"digest": digest, "contextHash": digest, "ref": ref})
    return outputs


class _Plugin(provider_pb2_grpc.ResourceProviderServicer):
    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetSchemaResponse(schema=f'{{"name": "docker-build", "version": "{VERSION}"}}')

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Any:
        before, now = _compared(request.old_inputs), _compared(request.news)
        changed = sorted(key for key in before | now if before.get(key) != now.get(key))
        answer = provider_pb2.DiffResponse
        return answer(changes=answer.DIFF_SOME if changed else answer.DIFF_NONE, diffs=changed)

    def Create(self, request: Any, context: Any) -> Any:
        outputs = _built(request.properties, request.preview)
        id_ = "" if request.preview else outputs.fields["digest"].string_value
        return provider_pb2.CreateResponse(id=id_, properties=outputs)

    def Update(self, request: Any, context: Any) -> Any:
        return provider_pb2.UpdateResponse(properties=_built(request.news, request.preview))

    def Read(self, request: Any, context: Any) -> Any:
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Delete(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()


def main() -> None:
    """Serve until the engine ends the process."""
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.max_receive_message_length", -1)])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(_Plugin(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()
