"""Errors of the guard, in the format that the AWS SDKs of each service read."""

import json
from enum import Enum
from xml.sax.saxutils import escape


class Reason(Enum):
    """The reason of a refusal, by the error code of JSON services, of query services, and of S3.

    Sources: "Common error types" of each service's API reference; "Error responses", Amazon S3.
    """

    FORBIDDEN = ("AccessDeniedException", "AccessDenied", "AccessDenied")
    UNSIGNED = ("MissingAuthenticationTokenException", "MissingAuthenticationToken", "AccessDenied")
    INCOMPLETE = ("IncompleteSignatureException", "IncompleteSignature", "AuthorizationHeaderMalformed")
    QUERY = ("IncompleteSignatureException", "IncompleteSignature", "AuthorizationQueryParametersError")
    UNKNOWN_KEY = ("UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId")
    MISMATCH = ("InvalidSignatureException", "SignatureDoesNotMatch", "SignatureDoesNotMatch")
    SKEWED = ("InvalidSignatureException", "SignatureDoesNotMatch", "RequestTimeTooSkewed")
    PAYLOAD = ("InvalidSignatureException", "SignatureDoesNotMatch", "XAmzContentSHA256Mismatch")
    TOO_LARGE = ("RequestEntityTooLargeException", "RequestEntityTooLarge", "EntityTooLarge")


_S3_STATUS = {Reason.TOO_LARGE: 413, Reason.QUERY: 400}
"""The HTTP status of an answer of S3 where it is not 403."""


class Refusal(Exception):
    """A refused request; the message is for the developer."""

    def __init__(self, reason: Reason, text: str) -> None:
        """Keep the reason and the message."""
        super().__init__(text)
        self.reason = reason

    def response(self, service: str, content_type: str) -> tuple[int, bytes, bytes]:
        """Return status, content type and body for a client of `service`."""
        json_code, query_code, s3_code = self.reason.value
        text = str(self)
        if service == "s3":
            body = f"<Error><Code>{s3_code}</Code><Message>{escape(text)}</Message></Error>"
            return _S3_STATUS.get(self.reason, 403), b"application/xml", _xml(body)
        if content_type.startswith("application/x-www-form-urlencoded"):
            error = f"<Type>Sender</Type><Code>{query_code}</Code><Message>{escape(text)}</Message>"
            return 403, b"text/xml", _xml(f"<ErrorResponse><Error>{error}</Error></ErrorResponse>")
        body = json.dumps({"__type": json_code, "message": text}).encode()
        if content_type.startswith("application/x-amz-json"):
            return 400, b"application/x-amz-json-1.0", body
        return 403, b"application/json", body


def _xml(body: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode()
