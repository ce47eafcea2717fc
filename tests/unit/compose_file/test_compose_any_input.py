"""Whatever a compose file holds, the answer is apps, or problems that name the file: never another error.

The inputs are drawn from the specification's own schema with values of other kinds in random places, and
changed byte by byte; they are the same in every run.
"""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from moorage.compose_file.schema import _schema
from moorage.model.problems import ArgumentsError
from moorage.resources.compose.translation import compose_apps

TEXTS = (
    *("", " ", "x", "0", "-1", "1e400", "9" * 400, ".nan", "1-99999999999", "1:2:3:4:5", "a=b", "=", "a:b"),
    *("service:a", "a", "$A", "${A:?}", "${", "é", "\0", "80:80", "65536", "/", "..", "~none/x", "http://x"),
    *("{{output x}}", "\n", "x" * 5000, "all", "-5s", "[::1]:80:80", "v:/a:ro", "a:/b:c:d", "CMD", "s", "v"),
)
VALUES: tuple[Any, ...] = (
    *(
        0,
        -1,
        2**70,
        1.5,
        1e308,
        -0.0,
        True,
        None,
        [],
        {},
        [[]],
        [{}],
        {"a": {}},
        ["a", "a"],
        {"": ""},
        [None],
    ),
)
NETWORK = {
    "vpc_id": "vpc-1",
    "public_subnet_ids": ["subnet-a"],
    "private_subnet_ids": ["subnet-b"],
    "private_egress": True,
}
BYTES = b"{}[]:,-#&*!|>'\"%@`\t\n $\x00\xff\xc3a1"


class Draw:
    """Values that are nearly what the specification allows."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.definitions: dict[str, Any] = _schema()["$defs"]

    def project(self) -> Any:
        services = {
            name: self.value(self.definitions["service"]) for name in "abc"[: self.random.randint(1, 3)]
        }
        for service in services.values():
            if isinstance(service, dict) and self.random.random() < 0.8:
                service.setdefault("image", "x")
        return {
            "services": services,
            "volumes": {"v": self.value(self.definitions["volume"])},
            "secrets": {"s": self.value(self.definitions["secret"])},
            "networks": {"a": self.value(self.definitions["network"])},
        }

    def value(self, schema: dict[str, Any], depth: float = 0) -> Any:
        random = self.random
        if random.random() < 0.02 or depth > 6:
            return random.choice((*VALUES, random.choice(TEXTS)))
        if "$ref" in schema:
            return self.value(self.definitions.get(schema["$ref"].rpartition("/")[2], {}), depth)
        for key in ("oneOf", "anyOf", "allOf"):
            if key in schema:
                return self.value(random.choice(schema[key]), depth + 0.2)
        kinds = schema.get("type")
        kind = random.choice(kinds) if isinstance(kinds, list) else kinds
        if "enum" in schema:
            return random.choice(schema["enum"])
        if kind == "object" or "properties" in schema:
            return self.mapping(schema, depth)
        if kind == "array":
            return [self.value(schema.get("items", {}), depth + 1) for _ in range(random.randint(0, 3))]
        if kind in ("integer", "number"):
            return random.choice((0, 1, 80, -1, 1.5, 10**12))
        return {"boolean": random.random() < 0.5, "null": None}.get(kind, random.choice(TEXTS))

    def mapping(self, schema: dict[str, Any], depth: float) -> dict[str, Any]:
        known = list(schema.get("properties", {}).items())
        chosen = self.random.sample(known, min(len(known), self.random.randint(0, 5)))
        entries = {key: self.value(inner, depth + 1) for key, inner in chosen}
        for pattern, inner in schema.get("patternProperties", {}).items():
            if not pattern.startswith("^x-"):
                names = self.random.sample(["a", "b", "v", "s"], self.random.randint(0, 2))
                entries |= {name: self.value(inner, depth + 1) for name in names}
        return entries

    def damaged(self, data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(self.random.randint(1, 4)):
            at = self.random.randint(0, len(changed))
            length = self.random.randint(0, 3)
            changed[at : at + length] = bytes(self.random.choices(BYTES, k=self.random.randint(0, 3)))
        return bytes(changed)


def answer(data: bytes, task: str, capacity: str) -> list[str]:
    """Return where the problems with a file are."""
    Path("compose.yml").write_bytes(data)
    cluster = {"arn": "arn:aws:ecs:eu-west-1:111122223333:cluster/c", "name": "c", "capacity": capacity}
    instances = {"capacity_provider": "c", "security_group_id": "sg-1"} if capacity == "ec2" else {}
    args: Any = {"cluster": {**cluster, **instances}, "network": NETWORK, "task": task}
    try:
        compose_apps("shop", args, {"A": "v"}, frozenset())
    except ArgumentsError as error:
        str(error).encode()
        return [f"{problem.field}: {problem.text}".removeprefix("files: ") for problem in error.problems]
    return []


@pytest.mark.parametrize("seed", range(60))
def test_any_input_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").write_text("services: {a: {image: x}}\n")
    draw = Draw(seed)
    whole = json.dumps(draw.project()).encode()
    task, capacity = ("one", "per_service")[seed % 2], ("fargate", "ec2")[seed // 2 % 2]
    noise = bytes(draw.random.choices(BYTES, k=40))
    places = [place for data in (whole, draw.damaged(whole), noise) for place in answer(data, task, capacity)]
    assert [place for place in places if not place.startswith(("compose.yml:", "x:", "..", "/", "~"))] == []
