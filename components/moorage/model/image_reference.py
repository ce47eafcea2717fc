"""References to container images, by the grammar that Docker parses them with (distribution/reference)."""

import re

from .problems import Problems

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_REGISTRY = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_PATH = rf"{_PART}(?:/{_PART})*"

_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = r"sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}"

_DOCKER_HUB = ("docker.io", "index.docker.io")

_MAX_PATH = 255
"""RepositoryNameTotalLengthMax of distribution/reference: the repository's path, without the registry."""


MAX_REFERENCE = 255
"""Characters of a reference in a task definition, without a digest (API reference, ContainerDefinition)."""


def check_image_reference(field: str, reference: str, problems: Problems) -> None:
    """Check the reference of a container's image."""
    if wrong := wrong_reference(reference):
        problems.add(field, reference, wrong)
    elif (length := len(reference.partition("@")[0])) > MAX_REFERENCE:
        problems.add(field, reference, f"must be at most {MAX_REFERENCE} characters, and has {length}")


def wrong_reference(reference: str) -> str:
    """Return which part of a reference is wrong; an empty string if Docker accepts it."""
    if re.match(r"[a-z]+://", reference):
        return "must not have a scheme such as https://; an image's reference begins with its registry"
    rest, at, digest = reference.partition("@")
    if at and not re.fullmatch(_DIGEST, digest):
        return "the digest after @ must be sha256: and 64 hexadecimal digits in lower case"
    name, colon, tag = rest, "", ""
    if ":" in rest.rpartition("/")[2]:
        name, colon, tag = rest.rpartition(":")
    if colon and not re.fullmatch(_TAG, tag):
        return "the tag must be 1 to 128 letters, digits and _ . -, and not begin with . or -"
    registry, path = _parts(name)
    if not re.fullmatch(_PATH, path):
        return (
            "must be an image's reference such as nginx:1.27 or registry.example.com/team/app@sha256:...: "
            "lower-case letters and digits, separated by / . _ or -"
        )
    # Of a name on Docker Hub, library/ counts although it is not written.
    official = registry in ("", *_DOCKER_HUB) and "/" not in path
    longest = _MAX_PATH - len("library/") if official else _MAX_PATH
    if len(path) > longest:
        return f"the repository's name must be at most {longest} characters, and has {len(path)}"
    if re.fullmatch(r"sha(256|384|512)", name) or re.fullmatch(r"[a-f0-9]{64}", reference):
        return "is a digest without a repository; write repository@sha256:..."
    return ""


def _parts(name: str) -> tuple[str, str]:
    """Return a name's registry and its path; a first part with a dot, a colon or a capital, or localhost, is
    the registry."""
    first, slash, rest = name.partition("/")
    is_registry = first == "localhost" or "." in first or ":" in first or first != first.lower()
    return (first, rest) if slash and is_registry and re.fullmatch(_REGISTRY, first) else ("", name)
