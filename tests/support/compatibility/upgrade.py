"""Resources that an upgrade replaces or deletes: a program's graph now, against the record of a release."""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from support.compatibility.record import Entry, Record, end_of, record_of

from moorage.offline import Resource, ResourceGraph

KEPT = {
    "aws:cloudwatch:LogGroup",
    "aws:dynamodb:Table",
    "aws:ecr:Repository",
    "aws:efs:FileSystem",
    "aws:rds:Instance",
    "aws:s3:Bucket",
    "aws:secretsmanager:Secret",
    "aws:sqs:Queue",
}
"""Types that hold data: the changelog cannot announce that they are deleted or replaced."""


class Fault(NamedTuple):
    """Something that an upgrade must not do."""

    end: str
    """The end of the URN in the release."""
    text: str

    def __str__(self) -> str:
        """Return the fault in one line."""
        return f"{self.end}: {self.text}"


class Announced(NamedTuple):
    """A row of the changelog's table of replaced resources."""

    type: str
    """`aws:lb:TargetGroup`."""
    name: str
    """A pattern such as `*-tg`."""


def announced(changelog: str, version: str) -> list[Announced]:
    """Return what the changelog says that the versions after one replace: the tables under `### Replaced`.

    Raises:
        ValueError: the changelog does not know the version.
    """
    newer, heading, _ = changelog.partition(f"\n## {version} (")
    if not heading:
        raise ValueError(f"CHANGELOG.md has no section `## {version} (...)`")
    tables = re.findall(r"^### Replaced\n(.*?)(?=^##|\Z)", newer, re.M | re.S)
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|", "\n".join(tables), re.M)
    return [Announced(*row) for row in rows]


def faults(record: Record, graph: ResourceGraph, replaced: Iterable[Announced] = ()) -> list[Fault]:
    """Return what is wrong with an upgrade of a live stack.

    Args:
        record: the stack in the release.
        graph: the same program with today's library.
        replaced: what the changelog announces.
    """
    former, found = _former_ends(graph, record)
    now = record_of(graph, former)
    inputs = {end_of(resource.urn): resource.inputs for resource in graph}
    today = {was: end for end, was in former.items()}
    for end, entry in record.items():
        if end not in today:
            texts = ["would be deleted: no resource has its URN or an alias for it"]
        else:
            texts = _replacements(entry, now[today[end]], inputs[today[end]])
        if texts and _is_announced(end, entry, replaced):
            continue
        found += [Fault(end, text) for text in texts]
    return found


def _is_announced(end: str, entry: Entry, replaced: Iterable[Announced]) -> bool:
    types, _, name = end.partition("::")
    type_ = types.rpartition("$")[2]
    kept = type_ in KEPT or entry.protected or (type_ == "aws:iam:Role" and "name" in entry.replacing)
    return not kept and any(row.type == type_ and fnmatchcase(name, row.name) for row in replaced)


def _replacements(was: Entry, now: Entry, inputs: Mapping[str, Any]) -> list[str]:
    """Return why a resource would be replaced."""
    texts: list[str] = []
    for path in sorted({*was.replacing, *now.replacing}):
        before, after = was.replacing.get(path), now.replacing.get(path)
        updated = path not in now.replacing and path.partition(".")[0] in inputs
        if before != after and not updated:
            texts.append(f"would be replaced: {path} was {before!r} and is {after!r}")
    if was.provider != now.provider:
        texts.append(f"would be replaced: its provider was {was.provider!r} and is {now.provider!r}")
    if more := sorted({*now.replaced_for} - {*was.replaced_for}):
        texts.append(f"would be replaced when {', '.join(more)} changes, by a new replaceOnChanges")
    return texts


def _former_ends(graph: ResourceGraph, record: Record) -> tuple[dict[str, str], list[Fault]]:
    """Return which recorded resource each one continues, found as the engine finds it (`getOldResource`): by
    its URN, else by the first alias that the stack has."""
    aliases = _Aliases(graph)
    former: dict[str, str] = {}
    users: dict[str, str] = {}
    found: list[Fault] = []
    for resource in graph:
        urn = next((urn for urn in (resource.urn, *aliases.of(resource)) if end_of(urn) in record), None)
        if urn is None:
            continue
        end, own = end_of(urn), end_of(resource.urn)
        if urn != resource.urn:
            aliases.used[resource.urn] = urn
        if end in users:
            found.append(Fault(end, f"{users[end]} and {own} both continue it"))
        users[end], former[own] = own, end
    return former, found


class _Aliases:
    """The aliases of resources, as the engine generates them (`generateAliases` of its step generator)."""

    def __init__(self, graph: ResourceGraph) -> None:
        self._graph = graph
        self.used: dict[str, str] = {}
        """By which alias a resource was found."""

    def of(self, resource: Resource) -> list[str]:
        own = [self._urn(resource, alias) for alias in resource.options.get("aliases", ())]
        parent_was = self.used.get(resource.parent or "")
        if resource.parent is None or parent_was is None:
            return own
        parent = resource.parent.rpartition("::")[2]
        children = [(resource.type, resource.name), *map(_type_and_name, own)]
        return [*own, *(self._of_child(type_, name, parent, parent_was) for type_, name in children)]

    def _of_child(self, type_: str, name: str, parent: str, parent_was: str) -> str:
        """Return the URN below the parent's former one; a name that begins with the parent's begins with that
        one's."""
        if name.startswith(parent):
            name = parent_was.rpartition("::")[2] + name.removeprefix(parent)
        return self._made(type_, name, parent_was)

    def _urn(self, resource: Resource, alias: str | Mapping[str, Any]) -> str:
        if isinstance(alias, str):
            return alias
        parent = alias.get("parentUrn") or resource.parent
        if "parentUrn" in alias:
            parent = self.used.get(alias["parentUrn"], alias["parentUrn"])
        return self._made(
            alias.get("type") or resource.type,
            alias.get("name") or resource.name,
            None if alias.get("noParent") else parent,
            alias.get("project"),
            alias.get("stack"),
        )

    def _made(
        self, type_: str, name: str, parent: str | None, project: str | None = None, stack: str | None = None
    ) -> str:
        types = parent.split("::")[2] if parent else ""
        above = "" if types in ("", "pulumi:pulumi:Stack") else f"{types}$"
        place = f"{stack or self._graph.stack}::{project or self._graph.project}"
        return f"urn:pulumi:{place}::{above}{type_}::{name}"


def _type_and_name(urn: str) -> tuple[str, str]:
    types, _, name = urn.split("::", 2)[2].partition("::")
    return types.rpartition("$")[2], name
