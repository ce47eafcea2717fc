"""A local certificate for HTTPS listeners, which browsers do not trust."""

import datetime
import ssl
from collections.abc import Sequence
from pathlib import Path

from moorage.local import private

_VALID = datetime.timedelta(days=365)
_RENEWED_BEFORE = datetime.timedelta(days=30)


def context(folder: Path, alpn: Sequence[str] = ("h2", "http/1.1")) -> ssl.SSLContext:
    """Return a server context with the certificate in `folder`, made when it is missing or expires.

    `alpn`: the protocols that clients can choose.
    """
    certificate, key = folder / "localhost.crt", folder / "localhost.key"
    if not certificate.exists() or not key.exists() or _expires(certificate):
        _make(certificate, key)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    if alpn:
        server.set_alpn_protocols(alpn)
    return server


def _expires(certificate: Path) -> bool:
    made = datetime.datetime.fromtimestamp(certificate.stat().st_mtime)
    return datetime.datetime.now() - made > _VALID - _RENEWED_BEFORE


def _make(certificate: Path, key: Path) -> None:
    """Write a certificate with its authority's, whose key is discarded: no other one can be issued."""
    import trustme  # takes 0.2 s, once a year

    authority = trustme.CA(organization_name="moorage local")
    issued = authority.issue_cert(
        "localhost",
        "127.0.0.1",
        organization_name="moorage local",
        not_after=datetime.datetime.now(datetime.UTC) + _VALID,
    )
    chain = [*issued.cert_chain_pems, authority.cert_pem]
    private.write_text(key, issued.private_key_pem.bytes().decode())
    private.write_text(certificate, "".join(pem.bytes().decode() for pem in chain))
