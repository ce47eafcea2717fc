"""A certificate of our own for HTTPS listeners: browsers will warn, which is right."""

import datetime
import importlib
import ipaddress
import ssl
from pathlib import Path
from typing import Any

from moorage.errors import LocalError
from moorage.local import private

VALID_DAYS = 365


def context(folder: Path) -> ssl.SSLContext:
    """Return a server context with the certificate kept in `folder`, made when it is missing or expires.

    Raises:
        LocalError: the package `cryptography` is not installed.
    """
    certificate, key = folder / "localhost.crt", folder / "localhost.key"
    if not certificate.exists() or not key.exists() or _expires(certificate):
        _make(certificate, key)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    server.set_alpn_protocols(["http/1.1"])
    return server


def _expires(certificate: Path) -> bool:
    age = datetime.datetime.now() - datetime.datetime.fromtimestamp(certificate.stat().st_mtime)
    return age > datetime.timedelta(days=VALID_DAYS - 30)


def _make(certificate: Path, key: Path) -> None:
    try:
        x509: Any = importlib.import_module("cryptography.x509")
        hashes: Any = importlib.import_module("cryptography.hazmat.primitives.hashes")
        serialization: Any = importlib.import_module("cryptography.hazmat.primitives.serialization")
        ec: Any = importlib.import_module("cryptography.hazmat.primitives.asymmetric.ec")
    except ImportError:
        raise LocalError(
            "an HTTPS listener needs the package `cryptography`: pip install 'moorage[local]'"
        ) from None
    pair = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "moorage local")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(pair.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(pair, hashes.SHA256())
    )
    pem = pair.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    private.write_text(key, pem.decode())
    private.write_text(certificate, built.public_bytes(serialization.Encoding.PEM).decode())
