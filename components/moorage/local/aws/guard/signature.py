"""Verification of signatures: Signature Version 4, and presigned URLs of S3 (versions 4 and 2).

botocore, which signs for every Python client, computes the expected signature. Sources:
"Create a signed AWS API request" (IAM User Guide); "Authenticating Requests" (Amazon S3 API Reference).
"""

import datetime
import hmac
import re
import time
from collections.abc import Callable
from http.client import HTTPMessage
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from botocore.auth import (  # pyright: ignore[reportMissingTypeStubs]
    HmacV1QueryAuth,
    S3SigV4Auth,
    SigV4Auth,
)
from botocore.awsrequest import AWSRequest  # pyright: ignore[reportMissingTypeStubs]

from moorage.local.aws.credentials import Credentials

from .refusals import Reason, Refusal
from .request import Request

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
PAYLOAD_HASH = "x-amz-content-sha256"
SKEW = datetime.timedelta(minutes=15)
_LONGEST = 7 * 24 * 3600
"""Seconds that a presigned URL may be valid for."""
_FIELD = re.compile(r"(Credential|SignedHeaders|Signature)=([^,\s]+)")
_TIMESTAMP = "%Y%m%dT%H%M%SZ"
_V4_PARAMETERS = ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
SIGNATURE_PARAMETERS = frozenset(
    {f"X-Amz-{name}" for name in (*_V4_PARAMETERS, "Security-Token")}
) | frozenset({"AWSAccessKeyId", "Signature", "Expires"})
"""Query parameters that sign a presigned URL, which the service does not need."""


class Claim(NamedTuple):
    """The claimed signature of a request, not verified."""

    access_key: str
    day: str
    region: str
    service: str
    timestamp: str
    signed_headers: tuple[str, ...]
    signature: str
    expires: int | None = None
    """Seconds, for a presigned URL."""

    @property
    def scope(self) -> str:
        """The credential scope."""
        return f"{self.day}/{self.region}/{self.service}/aws4_request"


class _Recomputed(SigV4Auth):
    """Signs the headers that the client signed, instead of botocore's choice."""

    def headers_to_sign(self, request: Any) -> Any:
        return request.context["signed"]


class _RecomputedS3(_Recomputed, S3SigV4Auth):
    """Return the path to sign: S3 signs it as sent; the other services encode it once more."""


def claim(request: Request) -> Claim | None:
    """Return the claimed signature; None for a request without a signature of version 4.

    Raises:
        Refusal: the signature is incomplete.
    """
    authorization = request.header("authorization")
    if authorization:
        if not authorization.startswith(f"{ALGORITHM} "):
            raise Refusal(Reason.INCOMPLETE, f"Authorization: must be {ALGORITHM}")
        fields = dict(_FIELD.findall(authorization))
        timestamp, expires = request.header("x-amz-date"), None
    elif request.parameter("X-Amz-Algorithm") == ALGORITHM:
        fields = {name: request.parameter(f"X-Amz-{name}") for name in _V4_PARAMETERS}
        timestamp = fields["Date"]
        expires = int(fields["Expires"]) if re.fullmatch(r"\d{1,6}", fields["Expires"]) else 0
    else:
        return None
    credential = fields.get("Credential", "").split("/")
    if len(credential) != 5 or not fields.get("Signature") or not fields.get("SignedHeaders"):
        raise Refusal(Reason.INCOMPLETE, "the signature must have Credential, SignedHeaders and Signature")
    key, day, region, service, end = credential
    if end != "aws4_request" or not timestamp.startswith(day):
        raise Refusal(
            Reason.INCOMPLETE,
            "Credential: must be KEY/DATE/REGION/SERVICE/aws4_request, DATE as in X-Amz-Date",
        )
    names = tuple(fields["SignedHeaders"].split(";"))
    return Claim(key, day, region, service, timestamp, names, fields["Signature"], expires)


def verify(
    request: Request, claimed: Claim, credentials: Credentials, payload_hash: str
) -> Callable[[str], str]:
    """Check a signature of version 4; return a function that signs the chunks of its body.

    `payload_hash` is what the client signed for the body.

    Raises:
        Refusal: the key is wrong, the time has passed, or the signature does not match.
    """
    _check_key(claimed.access_key, credentials)
    _check_time(claimed)
    needed = {"host", *(name for name, _ in request.headers if name.startswith("x-amz-"))}
    if missing := sorted(needed - set(claimed.signed_headers)):
        raise Refusal(Reason.FORBIDDEN, f"headers that are not signed: {', '.join(missing)}")
    signed = HTTPMessage()
    for name in claimed.signed_headers:
        for value in request.all(name):
            signed[name] = value
    canonical: Any = AWSRequest(request.method, f"http://x{request.path}")
    canonical.params = [pair for pair in request.query if pair[0] != "X-Amz-Signature"] or None
    canonical.headers[PAYLOAD_HASH] = payload_hash
    canonical.context.update(timestamp=claimed.timestamp, signed=signed)
    kind = _RecomputedS3 if claimed.service == "s3" else _Recomputed
    auth: Any = kind(credentials, claimed.service, claimed.region)
    expected = auth.signature(auth.string_to_sign(canonical, auth.canonical_request(canonical)), canonical)
    _check_signature(expected, claimed.signature)
    return lambda text: auth.signature(text, canonical)


def verify_version_2(request: Request, path: str, credentials: Credentials) -> None:
    """Check a presigned URL of version 2, which boto3 makes by default for S3 in older regions.

    `path` begins with the bucket, even where the host names it.

    Raises:
        Refusal: as `verify`.
    """
    _check_key(request.parameter("AWSAccessKeyId"), credentials)
    expires = request.parameter("Expires")
    if not re.fullmatch(r"\d{1,12}", expires) or int(expires) < time.time():
        raise Refusal(Reason.FORBIDDEN, "Request has expired")
    headers, sent = HTTPMessage(), dict(request.headers)
    for name, value in {**dict(request.query), **sent}.items():
        if name.startswith("x-amz-") or name in ("content-type", "content-md5"):
            headers[name] = value
    rest = "&".join(
        f"{name}={quote(value, safe='')}" if value else name
        for name, value in request.query
        if name not in SIGNATURE_PARAMETERS
    )
    auth: Any = _Version2(credentials, expires)
    expected = auth.get_signature(request.method, urlsplit(f"http://x{path}?{rest}"), headers)
    _check_signature(expected, request.parameter("Signature"))


class _Version2(HmacV1QueryAuth):
    """Takes the time at which the URL expires as the client gave it."""

    def __init__(self, credentials: Credentials, expires: str) -> None:
        super().__init__(credentials)
        self._date = expires

    def _get_date(self) -> str:
        return self._date


def _check_key(access_key: str, credentials: Credentials) -> None:
    if not hmac.compare_digest(access_key.encode(), credentials.access_key.encode()):
        raise Refusal(
            Reason.UNKNOWN_KEY,
            f"access key {access_key} is not that of this run: use the values that the local run sets "
            "for AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; do not set other credentials",
        )


def _check_time(claimed: Claim) -> None:
    try:
        signed_at = datetime.datetime.strptime(claimed.timestamp, _TIMESTAMP).replace(tzinfo=datetime.UTC)
    except ValueError:
        raise Refusal(Reason.INCOMPLETE, "X-Amz-Date: must be a time such as 20260131T235959Z") from None
    now = datetime.datetime.now(datetime.UTC)
    if claimed.expires is None:
        if abs(now - signed_at) > SKEW:
            raise Refusal(Reason.SKEWED, f"X-Amz-Date: {claimed.timestamp} is more than 15 minutes from now")
        return
    if not 0 < claimed.expires <= _LONGEST:
        raise Refusal(Reason.QUERY, f"X-Amz-Expires: must be 1 to {_LONGEST} seconds")
    if now > signed_at + datetime.timedelta(seconds=claimed.expires) or signed_at > now + SKEW:
        raise Refusal(Reason.FORBIDDEN, "Request has expired")


def _check_signature(expected: str, signature: str) -> None:
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise Refusal(
            Reason.MISMATCH, "The request signature we calculated does not match the signature you provided."
        )
