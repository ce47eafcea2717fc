"""The JSON of `aws.iam.get_policy_document`, as the provider writes it."""

import json
from typing import Any, cast


def policy_json(args: dict[str, Any]) -> str:
    """Return the policy document for the function's arguments.

    Lists of one item are written as the item, `&{x}` becomes `${x}` (provider documentation, "Data Source:
    aws_iam_policy_document"). Statements of `sourcePolicyDocuments` come first; those of
    `overridePolicyDocuments` replace statements with the same Sid.
    """
    statements: list[dict[str, Any]] = []
    for document in _documents(args, "source"):
        statements += _as_list(document.get("Statement") or [])
    statements += [
        _statement(arguments, args.get("version")) for arguments in _as_list(args.get("statements") or [])
    ]
    for document in _documents(args, "override"):
        for statement in _as_list(document.get("Statement") or []):
            sid = statement.get("Sid")
            statements = [kept for kept in statements if not sid or kept.get("Sid") != sid]
            statements.append(statement)
    policy: dict[str, Any] = {"Version": args.get("version") or "2012-10-17"}
    if args.get("policyId"):
        policy["Id"] = args["policyId"]
    return json.dumps(policy | {"Statement": statements}, indent=2)


def _documents(args: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    texts: list[str | None] = [args.get(f"{kind}Json"), *(args.get(f"{kind}PolicyDocuments") or ())]
    return [json.loads(text) for text in texts if text]


def _statement(arguments: dict[str, Any], version: str | None) -> dict[str, Any]:
    statement: dict[str, Any] = {}
    if arguments.get("sid"):
        statement["Sid"] = arguments["sid"]
    statement["Effect"] = arguments.get("effect") or "Allow"
    for source, name in _LISTS.items():
        if arguments.get(source):
            statement[name] = _one_or_many(arguments[source], version)
    for source, name in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if arguments.get(source):
            statement[name] = _principals(arguments[source])
    conditions: dict[str, dict[str, list[str]]] = {}
    for condition in _as_list(arguments.get("conditions") or []):
        values = conditions.setdefault(condition["test"], {}).setdefault(condition["variable"], [])
        values += condition["values"]
    if conditions:
        statement["Condition"] = {
            test: {variable: _one_or_many(values, version) for variable, values in variables.items()}
            for test, variables in conditions.items()
        }
    return statement


_LISTS = {
    "actions": "Action",
    "notActions": "NotAction",
    "resources": "Resource",
    "notResources": "NotResource",
}


def _principals(principals: list[dict[str, Any]]) -> Any:
    if len(principals) == 1 and principals[0]["type"] == "*" and principals[0]["identifiers"] == ["*"]:
        return "*"
    merged: dict[str, list[str]] = {}
    for principal in principals:
        merged.setdefault(principal["type"], []).extend(principal["identifiers"])
    return {
        kind: identifiers[0] if len(identifiers) == 1 else identifiers for kind, identifiers in merged.items()
    }


def _one_or_many(values: list[str], version: str | None) -> Any:
    if version != "2008-10-17":
        values = [value.replace("&{", "${") for value in values]
    return values[0] if len(values) == 1 else values


def _as_list(value: Any) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", value) if isinstance(value, list) else [value]
