"""Checks of a request's body against its signature, while it is read."""

import hashlib
import hmac
import re
from collections.abc import Callable

from .refusals import Reason, Refusal
from .signature import UNSIGNED_PAYLOAD, Claim

_EMPTY = hashlib.sha256(b"").hexdigest()
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,16});chunk-signature=([0-9a-f]{64})")
_LONGEST_LINE = 256
_LONGEST_TRAILER = 16 * 1024
_SIGNED_CHUNKS = ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")


class Payload:
    """Takes the parts of a body, in order; one that is not signed is not checked."""

    def feed(self, part: bytes) -> None:
        """Take one part.

        Raises:
            Refusal: the body is not the signed one.
        """

    def end(self) -> None:
        """Take the end; raises as `feed`."""


def payload(service: str, signed_hash: str, claimed: Claim, sign: Callable[[str], str]) -> Payload:
    """Return the check of a body whose X-Amz-Content-SHA256, or the equivalent, is `signed_hash`.

    Raises:
        Refusal: this kind of signature is not supported.
    """
    if re.fullmatch(r"[0-9a-f]{64}", signed_hash):
        return _Whole(signed_hash)
    if service == "s3" and signed_hash in (UNSIGNED_PAYLOAD, "STREAMING-UNSIGNED-PAYLOAD-TRAILER"):
        return Payload()
    if service == "s3" and signed_hash in _SIGNED_CHUNKS:
        return _Chunks(claimed, sign)
    raise Refusal(Reason.PAYLOAD, f"X-Amz-Content-SHA256: {signed_hash[:80]} is not supported")


class _Whole(Payload):
    """Compares one hash of the whole body."""

    def __init__(self, signed_hash: str) -> None:
        self._signed, self._hash = signed_hash, hashlib.sha256()

    def feed(self, part: bytes) -> None:
        self._hash.update(part)

    def end(self) -> None:
        if not hmac.compare_digest(self._hash.hexdigest(), self._signed):
            raise Refusal(Reason.PAYLOAD, "the body is not the one that was signed (X-Amz-Content-SHA256)")


class _Chunks(Payload):
    """Checks the signature of every aws-chunked chunk, and of trailing headers.

    Sources: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks",
    and "... Including trailing headers (chunked uploads)" (Amazon S3 API Reference).
    """

    def __init__(self, claimed: Claim, sign: Callable[[str], str]) -> None:
        self._claimed, self._sign, self._previous = claimed, sign, claimed.signature
        self._buffer = bytearray()
        self._left: int | None = None
        """Bytes of the current chunk still to come; None between chunks."""
        self._signature = ""
        self._hash = hashlib.sha256()
        self._in_trailer = False

    def feed(self, part: bytes) -> None:
        self._buffer += part
        while not self._in_trailer and (self._begin() if self._left is None else self._continue()):
            pass
        if self._in_trailer and len(self._buffer) > _LONGEST_TRAILER:
            raise _malformed("the trailer is too long")

    def end(self) -> None:
        if not self._in_trailer:
            raise _malformed("the last chunk is missing")
        lines = bytes(self._buffer).removesuffix(b"\r\n").removesuffix(b"\r\n").split(b"\r\n")
        headers = [line for line in lines if line]
        if not headers:
            return
        *headers, last = headers
        name, _, signature = last.partition(b":")
        if name.strip().lower() != b"x-amz-trailer-signature":
            raise _malformed("the trailer is not signed")
        canonical = b"".join(_canonical(line) for line in headers)
        digest = hashlib.sha256(canonical).hexdigest()
        self._verify("AWS4-HMAC-SHA256-TRAILER", [digest], signature.strip().decode("latin-1"))

    def _begin(self) -> bool:
        """Read a chunk's first line; return whether it is complete."""
        end = self._buffer.find(b"\r\n")
        if end < 0:
            if len(self._buffer) > _LONGEST_LINE:
                raise _malformed("a chunk has no size")
            return False
        match = _CHUNK.fullmatch(self._buffer[:end])
        if match is None:
            raise _malformed("a chunk must begin with SIZE;chunk-signature=SIGNATURE")
        del self._buffer[: end + 2]
        self._left, self._signature, self._hash = int(match[1], 16), match[2].decode(), hashlib.sha256()
        if self._left == 0:
            self._verify_chunk()
            self._in_trailer = True
        return True

    def _continue(self) -> bool:
        """Take data of a chunk; return whether it has ended."""
        assert self._left is not None
        taken = self._buffer[: self._left]
        self._hash.update(taken)
        self._left -= len(taken)
        del self._buffer[: len(taken)]
        if self._left or len(self._buffer) < 2:
            return False
        if not self._buffer.startswith(b"\r\n"):
            raise _malformed("a chunk is longer than its size")
        del self._buffer[:2]
        self._verify_chunk()
        self._left = None
        return True

    def _verify_chunk(self) -> None:
        self._verify("AWS4-HMAC-SHA256-PAYLOAD", [_EMPTY, self._hash.hexdigest()], self._signature)

    def _verify(self, kind: str, hashes: list[str], signature: str) -> None:
        """Check a signature, which signs the one before it."""
        lines = [kind, self._claimed.timestamp, self._claimed.scope, self._previous, *hashes]
        self._previous = self._sign("\n".join(lines))
        if not hmac.compare_digest(self._previous.encode(), signature.encode()):
            raise Refusal(Reason.MISMATCH, "the signature of a chunk does not match")


def _canonical(line: bytes) -> bytes:
    name, _, value = line.partition(b":")
    return name.strip().lower() + b":" + value.strip() + b"\n"


def _malformed(text: str) -> Refusal:
    return Refusal(Reason.PAYLOAD, f"aws-chunked: {text}")
