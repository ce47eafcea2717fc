"""Encrypted stack configuration, as the Pulumi CLI's passphrase provider writes it.

The key is PBKDF2-SHA256 of the passphrase, one million rounds; values are `v1:<nonce>:<ciphertext>` of
AES-256-GCM, in base64; `encryptionsalt` is `v1:<salt>:` and the encrypted word `pulumi`, by which a
passphrase is recognised (pulumi/pulumi, pkg/secrets/passphrase and sdk/go/common/resource/config/crypt.go).
"""

import base64
import binascii
import functools
import hashlib
import importlib
import os
from pathlib import Path
from typing import Any

from moorage.errors import EvaluationError

_ROUNDS = 1_000_000


def passphrase() -> str | None:
    """Return the passphrase from the environment, as the CLI reads it.

    Raises:
        EvaluationError: the file that PULUMI_CONFIG_PASSPHRASE_FILE names cannot be read.
    """
    phrase = os.environ.get("PULUMI_CONFIG_PASSPHRASE")
    if phrase is not None:
        return phrase
    file = os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    if not file:
        return None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise EvaluationError(f"PULUMI_CONFIG_PASSPHRASE_FILE: {file}: {error.strerror}") from error


class Decrypter:
    """Decrypts the values of one stack file."""

    def __init__(self, phrase: str, salt_line: str, file: str) -> None:
        """Check the passphrase.

        Raises:
            EvaluationError: the passphrase is wrong, the salt malformed, or `cryptography` not installed.
        """
        parts = salt_line.split(":", 2)
        self._file = file
        try:
            if len(parts) != 3 or parts[0] != "v1":
                raise ValueError
            salt = base64.b64decode(parts[1], validate=True)
        except ValueError as error:
            raise EvaluationError(f"{file}: encryptionsalt is not that of a passphrase") from error
        try:
            # Imported here: only an encrypted stack needs it, and the import is slow.
            self._invalid_tag: Any = importlib.import_module("cryptography.exceptions").InvalidTag
            aead: Any = importlib.import_module("cryptography.hazmat.primitives.ciphers.aead")
        except ImportError as error:
            raise EvaluationError(
                "Decrypting a stack's configuration requires the package cryptography: pip install "
                "cryptography"
            ) from error
        self._cipher = aead.AESGCM(_key(phrase, salt))
        try:
            correct = self._open(parts[2]) == "pulumi"
        except ValueError:
            correct = False
        if not correct:
            raise EvaluationError(
                f"{file}: incorrect passphrase; set PULUMI_CONFIG_PASSPHRASE or "
                "PULUMI_CONFIG_PASSPHRASE_FILE to the passphrase of the stack"
            )

    def decrypt(self, key: str, value: str) -> str:
        """Return the plain text of a `secure:` value.

        Raises:
            EvaluationError: the value was not encrypted with this stack's passphrase, or was modified.
        """
        try:
            return self._open(value)
        except ValueError as error:
            raise EvaluationError(f"{self._file}: the secure value of {key} cannot be decrypted") from error

    def _open(self, value: str) -> str:
        parts = value.split(":")
        if len(parts) != 3 or parts[0] != "v1":
            raise ValueError(value)
        try:
            nonce, sealed = (base64.b64decode(part, validate=True) for part in parts[1:])
            return self._cipher.decrypt(nonce, sealed, None).decode()
        except (binascii.Error, self._invalid_tag) as error:
            raise ValueError(value) from error


@functools.lru_cache(maxsize=16)
def _key(phrase: str, salt: bytes) -> bytes:
    """Return the key of a passphrase; cached, because deriving it takes a third of a second."""
    return hashlib.pbkdf2_hmac("sha256", phrase.encode(), salt, _ROUNDS, 32)
