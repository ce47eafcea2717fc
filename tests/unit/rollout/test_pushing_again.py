"""Pushing an image whose content tag is in an immutable repository already, against an engine over gRPC."""

from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pulumi
import pytest
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, resource_pb2
from support.aws_answers import Answer, Failure, denied
from support.engine import Engine, StartEngine, engines
from support.scripted_aws import ScriptedAws

import moorage

pytestmark = pytest.mark.usefixtures("folder")

DIGEST = "sha256:" + "ab12" * 16
IMAGE = "docker-build:index:Image"
MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json"
OLD: Answer = {
    "images": [
        {"imageManifest": "{}", "imageManifestMediaType": MEDIA_TYPE, "imageId": {"imageDigest": DIGEST}}
    ]
}


class PushingEngine(Engine):
    """An engine whose provider fails to push with the given errors, one at each attempt."""

    workers = 2
    """A hook writes to the log while the image is created."""

    def __init__(self, preview: bool) -> None:
        super().__init__(preview)
        self.failures: list[Callable[[str], str]] = []
        self.attempts = 0
        self.hooks: dict[str, Any] = {}
        register = self.monitor.RegisterResource
        self.monitor.RegisterResource = lambda request: self._registered(register, request)  # pyright: ignore
        self.monitor.RegisterErrorHook = self._hook  # pyright: ignore

    def _hook(self, request: Any) -> Any:
        assert request.name not in self.hooks, "an engine refuses a second hook of one name"
        self.hooks[request.name] = request.callback
        return resource_pb2.RegisterResourceResponse()

    def _registered(self, register: Callable[[Any], Any], request: Any) -> Any:
        if request.type == IMAGE and not self.preview:
            self._create(request)
        return register(request)

    def _create(self, request: Any) -> None:
        """Create an image, and ask its hooks after a failure, as an engine does."""
        tag = request.object["tags"][0].rpartition(":")[2]
        errors: list[str] = []
        for failure in self.failures:
            self.attempts += 1
            errors.insert(0, failure(tag))
            if not any(self._retries(name, request, errors) for name in request.hooks.on_error):
                raise RuntimeError(errors[0])
        self.attempts += 1

    def _retries(self, name: str, request: Any, errors: list[str]) -> bool:
        callback = self.hooks[name]
        asked = resource_pb2.ErrorHookRequest(
            name=request.name, type=request.type, failed_operation="create", errors=errors
        )
        with grpc.insecure_channel(callback.target) as channel:
            answer = callback_pb2_grpc.CallbacksStub(channel).Invoke(
                callback_pb2.CallbackInvokeRequest(token=callback.token, request=asked.SerializeToString())
            )
        response = resource_pb2.ErrorHookResponse.FromString(answer.response)
        assert not response.error, response.error
        return response.retry


def refused(tag: str) -> str:
    return (
        f"failed to push: tag invalid: The image tag '{tag}' already exists in the 'web-repo' repository and"
        " cannot be overwritten because the tag is immutable."
    )


def another(tag: str) -> str:
    return f"failed to solve: process did not complete: {tag}"


@pytest.fixture
def start(scripted: ScriptedAws) -> Iterator[StartEngine[PushingEngine]]:
    scripted.answers |= {"BatchGetImage": OLD, "PutImage": {}, "BatchDeleteImage": {"failures": []}}
    with engines(PushingEngine) as start:
        yield start


def program() -> None:
    moorage.ContainerImage("web", {"build": {"context": "app"}})


def tag_of(engine: Engine) -> str:
    (image,) = [one for one in engine.monitor.resources.values() if one.type == IMAGE]
    return image.inputs["tags"][0].rpartition(":")[2]


def test_the_earlier_image_keeps_another_tag_and_the_push_is_repeated(
    start: StartEngine[PushingEngine], scripted: ScriptedAws
) -> None:
    engine = start()
    engine.failures = [refused]
    engine.run(program)

    tag, kept = tag_of(engine), f"{tag_of(engine)}-ab12ab12ab12"
    assert engine.attempts == 2
    (put,), (deleted,) = scripted.asked("PutImage"), scripted.asked("BatchDeleteImage")
    assert (put["imageTag"], put["imageDigest"], put["imageManifest"]) == (kept, DIGEST, "{}")
    assert put["imageManifestMediaType"] == MEDIA_TYPE
    assert deleted["imageIds"] == [{"imageTag": tag}]
    order = [name for name, _ in scripted.calls]
    assert order.index("PutImage") < order.index("BatchDeleteImage")
    assert {asked["registryId"] for _, asked in scripted.calls} == {"123456789012"}
    (line,) = engine.log
    assert line.text == (
        f"the registry has the tag {tag} from an earlier build, which is now {kept}; pushing again"
    )


def test_an_up_that_was_interrupted_between_the_two_requests(
    start: StartEngine[PushingEngine], scripted: ScriptedAws
) -> None:
    scripted.answers["PutImage"] = Failure("ImageAlreadyExistsException")
    engine = start()
    engine.failures = [refused]
    engine.run(program)

    assert engine.attempts == 2
    assert len(scripted.asked("BatchDeleteImage")) == 1


@pytest.mark.parametrize("failures", [[another], [refused, refused]])
def test_other_failures_and_a_second_refusal_stand(
    start: StartEngine[PushingEngine],
    scripted: ScriptedAws,
    failures: list[Callable[[str], str]],
) -> None:
    engine = start()
    engine.failures = failures
    with pytest.raises(Exception, match=r"already exists|did not complete"):
        engine.run(program)

    assert engine.attempts == len(failures)
    assert len(scripted.asked("BatchDeleteImage")) == len(failures) - 1


def test_missing_rights_are_named(start: StartEngine[PushingEngine], scripted: ScriptedAws) -> None:
    scripted.answers["PutImage"] = denied("ecr:PutImage")
    engine = start()
    engine.failures = [refused]
    with pytest.raises(Exception, match=r"already exists|did not complete"):
        engine.run(program)

    assert engine.attempts == 1
    assert scripted.asked("BatchDeleteImage") == []
    (line,) = [line for line in engine.log if line.severity == "warning"]
    assert "already: ecr:PutImage is not allowed" in line.text
    assert line.text.endswith(
        "what to do: allow ecr:BatchGetImage, ecr:PutImage, ecr:BatchDeleteImage; or change `build.revision`"
    )


def test_nothing_is_asked_where_the_push_succeeds_or_nothing_is_deployed(
    start: StartEngine[PushingEngine], scripted: ScriptedAws
) -> None:
    up, preview = start(), start(preview=True)
    up.run(program)
    preview.run(program)

    assert (up.attempts, preview.attempts) == (1, 0)
    assert list(up.hooks) == ["web-push"]
    assert preview.hooks == {}
    assert scripted.calls == []


def test_engines_without_such_hooks(
    start: StartEngine[PushingEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "moorage.resources.image.push.monitor_supports_feature",
        lambda feature: feature != resource_pb2.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
    )
    engine = start()
    engine.run(program)

    assert engine.hooks == {}
    assert engine.attempts == 1
    assert not pulumi.runtime.is_dry_run()
