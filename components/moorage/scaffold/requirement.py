"""The requirement of moorage in a new project: the place from which the running one was installed."""

import json
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any
from urllib.parse import SplitResult, urlsplit
from urllib.request import url2pathname

from moorage.errors import MoorageError, UsageError

_NAME = "moorage[local]"
_HINT = "pass --requirement with a line of requirements.txt, such as 'moorage[local] @ URL of a wheel'"


def requirement() -> str:
    """Return the line of requirements.txt, from the origin that pip and uv record ("Direct URL Origin").

    Raises:
        MoorageError: there is no record: it was installed by its name, or not at all.
    """
    try:
        record = distribution("moorage").read_text("direct_url.json")
    except PackageNotFoundError:
        raise MoorageError("this moorage is not an installed package", hint=_HINT) from None
    if record is None:
        raise MoorageError(
            "this moorage was installed by its name, and the place it came from is not recorded", hint=_HINT
        )
    return line_of(json.loads(record))


def line_of(record: dict[str, Any]) -> str:
    """Return the line for the content of a direct_url.json."""
    url = urlsplit(str(record["url"]))
    path = url2pathname(url.path)
    # pip reads a quoted path, and uv does not.
    if record.get("dir_info", {}).get("editable") and " " not in path:
        return f"-e {path}[local]"
    address = _without_password(url)
    if git := record.get("vcs_info"):
        address = f"{git['vcs']}+{address}@{git['commit_id']}"
    fragments = [f"subdirectory={folder}"] if (folder := record.get("subdirectory")) else []
    hashes: dict[str, str] = record.get("archive_info", {}).get("hashes", {})
    fragments += [f"{name}={value}" for name, value in hashes.items() if name == "sha256"]
    return f"{_NAME} @ {address}{'#' + '&'.join(fragments) if fragments else ''}"


def check_line(line: str) -> None:
    """Check that a requirement is one line.

    Raises:
        UsageError: it has a line break, or another character that is not printable.
    """
    if not line.isprintable() or not line.strip():
        raise UsageError(
            f"--requirement: {line!r} must be one line of requirements.txt, without control characters"
        )


def is_local(line: str) -> bool:
    """Return whether a requirement is a file or a folder of this machine."""
    return line.startswith(("-e ", "/", ".")) or "@ file:" in line


def advice(file: str, line: str) -> str:
    """Return what to do before others install from a requirements file; empty if they can."""
    if not is_local(line):
        return ""
    return (
        f"{file}: {line} is a place of this machine; before others or a pipeline install it, name a git "
        "repository or the URL of a wheel"
    )


def _without_password(url: SplitResult) -> str:
    """Return a URL without the password that an installer may have kept in it."""
    login, at, host = url.netloc.rpartition("@")
    user, colon, _ = login.partition(":")
    return url._replace(netloc=f"{user}{at}{host}" if colon else url.netloc).geturl()
