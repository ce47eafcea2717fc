"""Requests that the guard before the data services passes on, and those that it refuses."""

import dataclasses
import datetime
import json
import re
from collections.abc import Callable
from typing import Any

import botocore.auth
import pytest
from botocore.auth import HmacV1QueryAuth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from support.signed import ACCOUNT, HOST, IDENTITY, OURS, REGION, Call, Services, moment, signed

from moorage.local.aws.credentials import Credentials
from moorage.local.aws.guard import LARGEST, Guard

OBJECT = f"http://{HOST}/files/a%20b/%C3%BC~%2B.txt"
OTHER = Credentials("MOORAGE0123456789", "another secret")
STRANGER = Credentials("AKIAIOSFODNN7EXAMPLE", "test")


@pytest.fixture
def services() -> Services:
    return Services()


def presigned(method: str, url: str, version: int = 4, expires: int = 60, **headers: str) -> Call:
    """Return a call without headers of its own, its signature in the query."""
    request = AWSRequest(method, url, headers={k.replace("_", "-"): v for k, v in headers.items()})
    if version == 4:
        S3SigV4QueryAuth(OURS, "s3", REGION, expires=expires).add_auth(request)
    else:
        HmacV1QueryAuth(OURS, expires=expires).add_auth(request)
    return Call(method, request.url, {})


@pytest.mark.parametrize("service", ["dynamodb", "secretsmanager", "sns", "sqs", "ssm"])
def test_a_signed_request_reaches_its_service(services: Services, service: str) -> None:
    answer = signed(service, body=b'{"TableName": "notes"}').answer(services, parts=3)
    assert (answer.status, answer.body) == (200, b"passed")
    assert services.bodies == [b'{"TableName": "notes"}']
    headers = dict(services.scopes[0]["headers"])
    assert f"Credential={ACCOUNT}/20000101/{REGION}/{service}/".encode() in headers[b"authorization"]
    assert headers[b"host"] == HOST.encode()


def test_no_answer_carries_a_cors_header(services: Services) -> None:
    assert signed().answer(services).headers == {b"x-amzn-requestid": b"1"}


@pytest.mark.parametrize("host", ["127.0.0.1:4000", "localhost:4000", "172.18.0.1:5000"])
def test_the_names_that_tasks_are_given_are_answered(services: Services, host: str) -> None:
    assert signed(url=f"http://{host}/").answer(services).status == 200


FOREIGN = (
    *("evil.example:4000", "evil.example", "127.0.0.1", "127.0.0.1:4001", "localhost", "[::1]:4000"),
    *("0.0.0.0:4000", "127.0.0.1:4000.evil.example", "evil-localhost:4000", "x.127.0.0.1:4000", ""),
)


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_host_is_refused_even_when_signed(services: Services, host: str) -> None:
    call = signed(host=host or HOST)
    call.headers["host"] = host
    answer = call.answer(services)
    assert (answer.status, json.loads(answer.body)["__type"]) == (400, "AccessDeniedException")
    assert services.scopes == []


def test_a_bucket_in_front_of_the_host_is_for_s3_only(services: Services) -> None:
    answer = signed(url="http://files.localhost:4000/").answer(services)
    assert (answer.status, services.scopes) == (400, [])


@pytest.mark.parametrize("origin", ["http://evil.example", "null", f"http://{HOST}"])
def test_a_web_page_is_refused_even_when_signed(services: Services, origin: str) -> None:
    answer = signed(origin=origin).answer(services)
    assert (answer.status, json.loads(answer.body)["__type"]) == (400, "AccessDeniedException")
    assert services.scopes == []


def test_a_preflight_is_refused(services: Services) -> None:
    asks = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    for headers in (asks, {}):
        answer = Call("OPTIONS", f"http://{HOST}/", headers).answer(services)
        assert answer.status == 403
        assert not any(name.startswith(b"access-control") for name in answer.headers)
    assert services.scopes == []


JSON, FORM = "application/x-amz-json-1.0", "application/x-www-form-urlencoded"


def unsigned(method: str = "GET", url: str = f"http://{HOST}/", **headers: str) -> Call:
    return Call(method, url, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        (lambda: unsigned("POST", content_type=JSON), 400, "MissingAuthenticationTokenException"),
        (lambda: unsigned("POST", content_type=FORM), 403, "<Code>MissingAuthenticationToken"),
        (lambda: unsigned(url=OBJECT), 403, "MissingAuthenticationToken"),
        (lambda: unsigned(authorization="AWS key:signature"), 403, "IncompleteSignature"),
        (lambda: unsigned(authorization="AWS4-HMAC-SHA256 Credential=a/b/c"), 403, "IncompleteSignature"),
        (lambda: signed(credentials=OTHER), 400, "InvalidSignatureException"),
        (lambda: signed(credentials=STRANGER), 400, "UnrecognizedClientException"),
        (lambda: signed("s3", OBJECT, "GET", b"", OTHER), 403, "<Code>SignatureDoesNotMatch"),
        (lambda: signed("s3", OBJECT, "GET", b"", STRANGER), 403, "<Code>InvalidAccessKeyId"),
        (lambda: signed("sns", credentials=STRANGER, content_type=FORM), 403, "<Code>InvalidClientTokenId"),
    ],
)
def test_a_bad_signature_is_refused_as_aws_words_it(
    services: Services, call: Callable[[], Call], status: int, code: str
) -> None:
    answer = call().answer(services)
    assert (answer.status, services.scopes) == (status, [])
    assert code in answer.body.decode()


def test_the_error_for_foreign_credentials_says_what_to_do(services: Services) -> None:
    message = json.loads(signed(credentials=STRANGER).answer(services).body)["message"]
    assert "AKIAIOSFODNN7EXAMPLE is not that of this run" in message
    assert "do not set other credentials" in message


Change = Callable[[Call], Call]


def with_header(name: str, value: str) -> Change:
    return lambda call: dataclasses.replace(call, headers={**call.headers, name: value})


@pytest.mark.parametrize(
    "change",
    [
        lambda call: dataclasses.replace(call, body=b'{"TableName": "other"}'),
        lambda call: dataclasses.replace(call, method="PUT"),
        lambda call: dataclasses.replace(call, url=f"{call.url}?x=1"),
        lambda call: dataclasses.replace(call, url=f"http://{HOST}/{ACCOUNT}/queue"),
        with_header("x-amz-target", "DynamoDB_20120810.DeleteTable"),
        with_header("x-amz-meta-more", "not signed"),
        with_header("X-Amz-Date", "20260101T000000Z"),
    ],
)
def test_a_request_that_was_changed_after_signing_is_refused(services: Services, change: Change) -> None:
    assert change(signed()).answer(services).status in (400, 403)
    assert services.scopes == []


def test_the_scope_cannot_be_changed_to_another_service(services: Services) -> None:
    call = signed("sqs")
    call.headers["Authorization"] = call.headers["Authorization"].replace("/sqs/", "/dynamodb/")
    assert call.answer(services).status == 403
    assert services.scopes == []


@pytest.mark.parametrize(("minutes", "passes"), [(14, True), (16, False), (-14, True), (-16, False)])
def test_a_signature_is_good_for_fifteen_minutes(
    services: Services, monkeypatch: pytest.MonkeyPatch, minutes: int, passes: bool
) -> None:
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: moment(minutes=minutes))
    answer = signed().answer(services)
    assert (answer.status == 200) is passes
    assert bool(services.scopes) is passes


@pytest.mark.parametrize("service", ["lambda", "iam", "sts", "ec2", "states", "ecs", "ses", ""])
def test_a_service_that_is_not_served_is_refused(services: Services, service: str) -> None:
    answer = signed(service, f"http://{HOST}/2015-03-31/functions").answer(services)
    assert (answer.status, services.scopes) == (403, [])
    if service:
        assert f"{service} is not served by the local run; served are dynamodb, s3," in answer.body.decode()


@pytest.mark.parametrize(
    "path", ["/_ministack/config", "/_ministack/reset", "/v2/email", "/Execute", "/%5Fministack/x"]
)
@pytest.mark.parametrize("service", ["s3", "dynamodb"])
def test_other_doors_of_ministack_are_closed(services: Services, service: str, path: str) -> None:
    answer = signed(service, f"http://{HOST}{path}").answer(services)
    assert (answer.status, services.scopes) == (403 if service == "s3" else 400, [])


@pytest.mark.parametrize(
    ("service", "target"),
    [
        ("s3", "DynamoDB_20120810.Scan"),
        ("sns", "AmazonSSM.GetParameter"),
        ("secretsmanager", "AmazonSSM.GetParameter"),
        ("sqs", "AWSGlue.GetTables"),
    ],
)
def test_a_target_is_one_of_the_service_that_is_signed_for(
    services: Services, service: str, target: str
) -> None:
    answer = signed(service, **{"x-amz-target": target}).answer(services)
    assert (answer.status in (400, 403), services.scopes) == (True, [])
    assert f"X-Amz-Target is not an operation of {service}" in answer.body.decode()


def test_a_queue_is_reached_by_its_url(services: Services) -> None:
    assert signed("sqs", f"http://{HOST}/{ACCOUNT}/jobs.fifo").answer(services).status == 200


def test_a_websocket_is_refused() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    coroutine = Guard(Services(), IDENTITY)({"type": "websocket"}, None, send)  # pyright: ignore[reportArgumentType]
    with pytest.raises(StopIteration):
        coroutine.send(None)  # pyright: ignore[reportAttributeAccessIssue]
    assert sent == ["websocket.close"]


def test_a_body_that_is_too_large_is_refused_before_it_is_read(services: Services) -> None:
    call = signed(body=b"")
    call.headers["content-length"] = str(LARGEST + 1)
    assert "RequestEntityTooLarge" in call.answer(services).body.decode()
    assert (
        "RequestEntityTooLarge" in signed(body=b"x" * (LARGEST + 1)).answer(services, parts=9).body.decode()
    )
    assert services.scopes == []


def test_an_upload_is_checked_as_it_passes(services: Services) -> None:
    call = signed("s3", OBJECT, "PUT", b"x" * 100_000)
    assert call.answer(services, parts=7).status == 200
    assert services.bodies == [b"x" * 100_000]
    call.body = b"x" * 99_999 + b"y"
    answer = call.answer(services, parts=7)
    assert (answer.status, len(services.bodies)) == (403, 1)
    assert b"<Code>XAmzContentSHA256Mismatch" in answer.body


@pytest.mark.parametrize("how", ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"])
def test_an_upload_may_leave_its_body_unsigned_but_not_another_request(services: Services, how: str) -> None:
    class Unsigned(botocore.auth.S3SigV4Auth):
        def payload(self, request: Any) -> str:
            return how

    request = AWSRequest("PUT", OBJECT, data=b"anything")
    Unsigned(OURS, "s3", REGION).add_auth(request)
    call = Call("PUT", OBJECT, dict(request.headers.items()), b"something else")
    assert call.answer(services).status == 200
    call = signed(**{"x_amz_content_sha256": how})
    assert call.answer(services).status == 400
    assert len(services.scopes) == 1


@pytest.mark.parametrize(
    ("url", "path"),
    [
        (OBJECT, "/files/a%20b/%C3%BC~%2B.txt"),
        ("http://files.localhost:4000/k", "/files/k"),
        ("http://my.files.host.docker.internal:4000/k", "/my.files/k"),
    ],
)
@pytest.mark.parametrize("version", [4, 2])
def test_a_presigned_url_is_a_credential(services: Services, url: str, path: str, version: int) -> None:
    if version == 2 and path != OBJECT.removeprefix(f"http://{HOST}"):
        request = AWSRequest("GET", f"{url}?versionId=1", auth_path=path)
        HmacV1QueryAuth(OURS, expires=60).add_auth(request)
        call = Call("GET", request.url, {})
    else:
        call = presigned("GET", f"{url}?versionId=1", version)
    assert call.answer(services).status == 200
    scope = services.scopes[0]
    assert (scope["raw_path"].decode(), scope["query_string"]) == (path, b"versionId=1")
    assert b"/s3/aws4_request" in dict(scope["headers"])[b"authorization"]


@pytest.mark.parametrize("version", [4, 2])
def test_a_presigned_url_is_refused_when_it_is_changed_or_old(services: Services, version: int) -> None:
    call = presigned("GET", OBJECT, version)
    changed = [
        dataclasses.replace(call, method="PUT"),
        dataclasses.replace(call, url=call.url.replace("/files/", "/other/")),
        dataclasses.replace(call, url=f"{call.url}&versionId=2"),
        dataclasses.replace(call, headers={"x-amz-copy-source": "/files/secret"}),
        dataclasses.replace(call, headers={"origin": "http://evil.example"}),
        dataclasses.replace(call, url=re.sub(r"(Signature=)[^&]+", r"\1AAAA", call.url)),
        dataclasses.replace(call, url=call.url.replace(OURS.access_key, STRANGER.access_key)),
    ]
    assert [c.answer(services).status for c in changed] == [403] * len(changed)
    past = presigned("GET", OBJECT, version, expires=-2).answer(services)
    assert past.status == (400 if version == 4 else 403)
    assert services.scopes == []


def test_a_presigned_url_ends_when_it_says(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: moment(seconds=61))
    answer = presigned("GET", OBJECT, expires=60).answer(services)
    assert b"Request has expired" in answer.body
    assert presigned("GET", OBJECT, expires=300).answer(services).status == 200
    too_long = presigned("GET", OBJECT, expires=int(datetime.timedelta(days=8).total_seconds()))
    refused = too_long.answer(services)
    assert refused.status == 400
    assert b"<Code>AuthorizationQueryParametersError</Code>" in refused.body
    assert b"must be 1 to 604800 seconds" in refused.body


def test_a_signature_of_version_2_covers_the_headers_it_names(services: Services) -> None:
    call = presigned("PUT", OBJECT, 2, content_type="text/plain")
    assert dataclasses.replace(call, headers={"content-type": "text/plain"}).answer(services).status == 200
    assert dataclasses.replace(call, headers={"content-type": "text/html"}).answer(services).status == 403


def test_a_subscriber_confirms_with_its_token_alone(services: Services) -> None:
    url = f"http://{HOST}/?Action=ConfirmSubscription&TopicArn=arn&Token=t"
    sneaked = {"x-amz-target": "DynamoDB_20120810.Scan"}
    assert Call("GET", url, sneaked).answer(services).status == 200
    assert services.scopes[0]["headers"] == [(b"host", HOST.encode())]
    for call in (
        Call("POST", url, {}),
        Call("GET", f"{url}&Version=1", {}),
        Call("GET", url.replace("Confirm", "List"), {}),
        Call("GET", url, {"origin": "http://evil.example"}),
        Call(
            "GET", url, {"authorization": f"AWS4-HMAC-SHA256 Credential=a/20260101/{REGION}/s3/aws4_request"}
        ),
    ):
        assert call.answer(services).status == 403
    assert len(services.scopes) == 1
