"""Uploads in signed chunks, with the examples of the Amazon S3 API Reference.

"Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks", and "...
Including trailing headers (chunked uploads)": 66,560 letters `a` in chunks of 64 KiB.
"""

import hmac

import pytest

from moorage.local.aws.guard.payload import Payload, payload
from moorage.local.aws.guard.refusals import Refusal
from moorage.local.aws.guard.signature import Claim

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
PLAIN, TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
SEEDS = {
    PLAIN: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    TRAILER: "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
}
SIGNATURES = {
    PLAIN: (
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ),
    TRAILER: (
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    ),
}
CHECKSUM = b"x-amz-checksum-crc32c:sOO8/Q==\r\n"
TRAILER_SIGNATURE = (
    b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n"
)


def sign(text: str) -> str:
    key = b"AWS4" + SECRET.encode()
    for part in ("20130524", "us-east-1", "s3", "aws4_request", text):
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()


def checked(kind: str) -> Payload:
    claimed = Claim("AKID", "20130524", "us-east-1", "s3", "20130524T000000Z", (), SEEDS[kind])
    return payload("s3", kind, claimed, sign)


def body(kind: str, data: tuple[bytes, ...] = (b"a" * 65536, b"a" * 1024, b"")) -> bytes:
    chunks = [
        b"%x;chunk-signature=%s\r\n%s" % (len(part), signature.encode(), part + b"\r\n" * bool(part))
        for part, signature in zip(data, SIGNATURES[kind], strict=True)
    ]
    return b"".join(chunks) + (CHECKSUM + TRAILER_SIGNATURE if kind == TRAILER else b"") + b"\r\n"


def feed(kind: str, sent: bytes, size: int) -> None:
    check = checked(kind)
    for at in range(0, len(sent), size):
        check.feed(sent[at : at + size])
    check.end()


@pytest.mark.parametrize("kind", [PLAIN, TRAILER])
@pytest.mark.parametrize("size", [1, 7, 65536, 10**6])
def test_the_documented_uploads_pass_however_they_are_cut(kind: str, size: int) -> None:
    sent = body(kind)
    feed(kind, sent, size)
    assert sent.count(b";chunk-signature=") == 3


@pytest.mark.parametrize("kind", [PLAIN, TRAILER])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"aaaa\r\n400;", b"aaab\r\n400;"),
        (b"\r\n400;", b"\r\n3ff;"),
        (b"10000;chunk-signature=", b"10000;chunk-signature=0"),
        (b"10000;", b"ten;"),
        (b"10000;chunk-signature", b"10000;no-signature"),
        (b"10000;", b"1" * 300 + b";"),
        (b"\r\n0;", b"\r\n"),
    ],
)
def test_changed_chunks_are_refused(kind: str, old: bytes, new: bytes) -> None:
    sent = body(kind)
    assert old in sent
    with pytest.raises(Refusal):
        feed(kind, sent.replace(old, new, 1), 1000)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"sOO8", b"AAAA"), (TRAILER_SIGNATURE, b""), (b"trailer-signature:d", b"trailer-signature:e")],
)
def test_changed_trailers_are_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(Refusal):
        feed(TRAILER, body(TRAILER).replace(old, new), 1000)


def test_an_upload_that_is_cut_off_is_refused() -> None:
    whole = body(PLAIN)
    for kept in (0, 100, 65_700, whole.index(b"\r\n0;")):
        with pytest.raises(Refusal, match="the last chunk is missing"):
            feed(PLAIN, whole[:kept], 1000)


def test_a_trailer_without_end_is_refused() -> None:
    with pytest.raises(Refusal, match="too long"):
        checked(TRAILER).feed(body(TRAILER)[:-2] + b"x" * 20_000)
