"""Checks policy documents against the IAM policy grammar, which no service model holds."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

_ACTION = re.compile(r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+")
_ARN = re.compile(r"\*|arn:[^:]+:[^:]*:[^:]*:[^:]*:.+")
_KEYS = {
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
    *("Resource", "NotResource", "Condition"),
}


def policy(*, principal: bool, resource: bool, most: int) -> Callable[[Any], str | None]:
    """Return a check of a policy document's text, of at most `most` characters without white space.

    A role's own policies have resources and no principal, trust policies a principal and no resource, and the
    policy of a resource both.
    """

    def check(text: str) -> str | None:
        try:
            document = json.loads(text)
        except ValueError as error:
            return f"is not JSON: {error}"
        size = len(re.sub(r"\s", "", text))
        wrong = [f"{size} characters are above {most}"] if size > most else []
        return "; ".join([*wrong, *_document(document, principal, resource)]) or None

    return check


def _document(document: Any, principal: bool, resource: bool) -> Iterator[str]:
    if not isinstance(document, dict):
        yield "is not an object"
        return
    if document.get("Version") not in ("2012-10-17", "2008-10-17"):
        yield f"Version is {document.get('Version')!r}"
    statements = document.get("Statement")
    if not isinstance(statements, list) or not statements:
        yield "Statement is empty"
        return
    sids = [statement["Sid"] for statement in statements if "Sid" in statement]
    if len(set(sids)) < len(sids):
        yield f"a Sid is there twice: {sids}"
    for index, statement in enumerate(statements):
        yield from (f"Statement[{index}]: {text}" for text in _statement(statement, principal, resource))


def _statement(statement: dict[str, Any], principal: bool, resource: bool) -> Iterator[str]:
    if unknown := statement.keys() - _KEYS:
        yield f"unknown elements {sorted(unknown)}"
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield f"Effect is {statement.get('Effect')!r}"
    if not re.fullmatch(r"[A-Za-z0-9]*", statement.get("Sid", "")):
        yield f"Sid {statement['Sid']!r} has other characters than letters and digits"
    elements = [
        (("Principal", "NotPrincipal"), principal),
        (("Action", "NotAction"), True),
        (("Resource", "NotResource"), resource),
    ]
    for names, needed in elements:
        if len(statement.keys() & set(names)) != needed:
            yield f"{names[0]} {'is required once' if needed else 'is not allowed'}"
    for names, form in ((("Action", "NotAction"), _ACTION), (("Resource", "NotResource"), _ARN)):
        for name in statement.keys() & set(names):
            values = statement[name] if isinstance(statement[name], list) else [statement[name]]
            if not values:
                yield f"{name} is empty"
            yield from (f"{name} {value!r} is malformed" for value in values if not form.fullmatch(value))
