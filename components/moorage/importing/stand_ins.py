"""Stand-ins for settings, with the form of what the setting is a part of."""

import hashlib
import re

from moorage.model.later import later

from .project import CERTIFICATE, FILE_SYSTEM, TO_BE_SET, ZONE

_ACCOUNT = "123456789012"
_ROLE = f"arn:aws:iam::{_ACCOUNT}:role/{TO_BE_SET}"
_WHOLE = {
    "region": "us-east-1",
    "vpc_id": "vpc-0123456789abcdef0",
    "zone_id": ZONE,
    "file_system_id": FILE_SYSTEM,
    "access_point_id": "fsap-0123456789abcdef0",
    "source_ips": "203.0.113.0/24",
    "certificate_arn": CERTIFICATE,
    "certificate_arns": CERTIFICATE,
    "target_group_arn": (
        f"arn:aws:elasticloadbalancing:us-east-1:{_ACCOUNT}:targetgroup/{TO_BE_SET}/0123456789abcdef"
    ),
    "task_role_arn": _ROLE,
    "execution_role_arn": _ROLE,
    "repository_credentials": f"arn:aws:secretsmanager:us-east-1:{_ACCOUNT}:secret:{TO_BE_SET}",
}
"""Of a variable that is all of an argument."""
_IDS = {"security_group_ids": "sg", "public_subnet_ids": "subnet", "private_subnet_ids": "subnet"}
"""The kinds of ids, which differ in a list."""
_HOSTS = ("host", "domain", "domains")


def stand_in(text: str, name: str, key: str) -> str:
    """Return the stand-in of a variable in a string of the argument `key`."""
    mark = later(name)
    if text == mark and key in _WHOLE:
        return _WHOLE[key]
    if text == mark and key in _IDS:
        return f"{_IDS[key]}-{hashlib.sha256(name.encode()).hexdigest()[:17]}"
    if key in _HOSTS and text.endswith(mark):
        # Each variable another one: two rules have different hosts.
        return f"{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-') or 'www'}.example.com"
    if key == "source_ips":
        return "203.0.113.1"
    return _of_arn(text, mark) or _of_image(text, mark)


def _of_arn(text: str, mark: str) -> str:
    """Return the stand-in of a variable that is a field of an ARN; an empty string for others."""
    fields = text.split(":", 5) if text.startswith("arn:") else []
    places = {1: "aws", 3: "us-east-1", 4: _ACCOUNT}
    return next((value for index, value in places.items() if fields[index : index + 1] == [mark]), "")


def _of_image(text: str, mark: str) -> str:
    """Return the stand-in of a variable in a registry of ECR or in a digest."""
    if text.startswith(f"{mark}.dkr."):
        return _ACCOUNT
    if re.search(rf"\.dkr[.-]ecr\.{mark}\.", text):
        return "us-east-1"
    if text.endswith(f"@{mark}"):
        return f"sha256:{'0' * 64}"
    return "0" * 64 if text.endswith(f"@sha256:{mark}") else TO_BE_SET
