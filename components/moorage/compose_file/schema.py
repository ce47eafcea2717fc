"""Validation against the Compose Specification's JSON schema, from the package check-jsonschema."""

import difflib
import json
import re
from functools import cache
from importlib import resources
from typing import Any, cast

from moorage.errors import MoorageError, require_extra
from moorage.model.problems import Problems

from .files import ComposeError
from .nodes import Node

_PACKAGE, _FILE = "check_jsonschema", "builtin_schemas/vendor/compose-spec.json"


@cache
def _validator() -> Any:
    try:
        require_extra("compose", "ComposeApp")
    except MoorageError as error:
        raise ComposeError(f"{error}: {error.hint}") from None
    import jsonschema
    from jsonschema import validators

    # Duplicates in a list are allowed, as in compose-go, which removes them before it validates.
    extend = cast("Any", validators).extend
    return extend(jsonschema.Draft202012Validator, {"uniqueItems": None})(_schema())


@cache
def _schema() -> dict[str, Any]:
    return json.loads(resources.files(_PACKAGE).joinpath(_FILE).read_text(encoding="utf-8"))


def validate(document: Node, problems: Problems) -> None:
    """Check an interpolated compose file against the specification.

    Raises:
        ComposeError: the package with the schema is not installed.
    """
    validator = _validator()
    reported: set[str] = set()
    for error in validator.iter_errors(_plain(document)):
        for fault in _faults(error):
            if _unknown_keys(fault, document, problems):
                continue
            path = [cast("str | int", step) for step in fault.absolute_path]
            place = f"{document.find(path).where}: {_dotted(path)}"
            if place not in reported:
                reported.add(place)
                _refuse(place, fault.instance, _allowed(fault), problems)


def _refuse(place: str, value: Any, allowed: str, problems: Problems) -> None:
    """Refuse a value, shown as in YAML."""
    if value is None or isinstance(value, bool):
        problems.say(place, f"{json.dumps(value)}: {allowed}")
    else:
        problems.add(place, value, allowed)


def _plain(node: Node, path: tuple[str, ...] = ()) -> Any:
    """Return the values to check, without what `!reset` removes."""
    if isinstance(node.value, dict):
        entries = node.value.items()
        return {key: _plain(item, (*path, key)) for key, item in entries if item.tag != "reset"}
    if isinstance(node.value, list):
        return [_plain(item) for item in node.value if item.tag != "reset"]
    # Whether a service may be empty depends on the other files.
    return {} if node.value is None and len(path) == 2 and path[0] == "services" else node.value


def _faults(error: Any) -> list[Any]:
    """Return the errors in a value: of several allowed forms, the error in the nearest one."""
    if error.validator not in ("oneOf", "anyOf") or not error.context:
        return [error]
    import jsonschema.exceptions

    deepest = cast("Any", jsonschema.exceptions).best_match([error])
    return [error if deepest is None or len(deepest.absolute_path) <= len(error.absolute_path) else deepest]


def _unknown_keys(error: Any, document: Node, problems: Problems) -> bool:
    """Refuse unknown keys, with the nearest known one; return whether the error is about them."""
    if error.validator not in ("additionalProperties", "unevaluatedProperties"):
        return False
    path = list(error.absolute_path)
    allowed = sorted(_known_keys(error.schema))
    patterns = error.schema.get("patternProperties", {})
    for key, node in document.find(path).entries().items():
        if key in allowed or key.startswith("x-") or any(re.search(pattern, key) for pattern in patterns):
            continue
        place = f"{node.where}: {_dotted(path)}"
        if allowed:
            near = difflib.get_close_matches(key, allowed, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "custom keys begin with x-"
            problems.say(f"{node.where}: {_dotted([*path, key])}", f"unknown key; {hint}")
        elif key:
            problems.add(place, key, "must be letters, digits, dots, hyphens and underscores")
        else:
            problems.add(place, key, "must not be empty")
    # Other errors below make known keys count as unevaluated; they are reported by themselves.
    return bool(allowed or patterns)


def _known_keys(schema: dict[str, Any]) -> set[str]:
    keys = set(cast("dict[str, Any]", schema.get("properties", {})))
    for part in schema.get("allOf", []):
        reference = str(part.get("$ref", ""))
        if reference.startswith("#/$defs/"):
            keys |= _known_keys(_schema()["$defs"][reference.removeprefix("#/$defs/")])
    return keys


def _allowed(error: Any) -> str:
    """Return what the schema allows, in words."""
    if error.validator == "type":
        types = error.validator_value
        return f"must be {_words([types] if isinstance(types, str) else types)}"
    if error.validator == "enum":
        return f"must be one of {', '.join(map(str, error.validator_value))}"
    if error.validator == "required":
        return f"requires {', '.join(key for key in error.validator_value if key not in error.instance)}"
    if error.validator in ("oneOf", "anyOf"):
        types = [form.get("type") or _referred(form) for form in error.validator_value]
        return f"must be {_words([kind for kind in types if kind])}"
    if error.validator == "pattern":
        return f"must match {error.validator_value}"
    return str(error.message)


def _referred(form: dict[str, Any]) -> str | None:
    definition = _schema()["$defs"].get(str(form.get("$ref", "")).removeprefix("#/$defs/"), {})
    return definition.get("type")


def _words(types: list[Any]) -> str:
    names = {"object": "a mapping", "array": "a list", "string": "a string", "integer": "an integer"}
    names |= {"number": "a number", "boolean": "true or false"}
    flat: list[str] = []
    for entry in types:
        flat += [str(kind) for kind in cast("list[Any]", entry)] if isinstance(entry, list) else [str(entry)]
    return " or ".join(dict.fromkeys(names.get(kind, kind) for kind in flat))


def _dotted(path: list[Any]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.lstrip(".") or "(the file)"
