"""The record of a program's graphs in a release: which resources its stacks have, and what replaces them."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, cast

from support.compatibility.updates import replacing

from moorage.offline import Resource, ResourceGraph, shown
from moorage.offline.values import Json

PROTECTED, PROVIDER, REPLACED_FOR = "(protected)", "(provider)", "(replaceOnChanges)"
STACKS = "@"
"""Begins the names of the stacks that an entry is for, where it is not for all."""

_SHORTEST = 8
"""Of the outputs that references are recognised by: shorter ones occur by chance."""


class Entry(NamedTuple):
    """A resource of a record."""

    replacing: Json
    """The inputs for which the provider replaces it, by path; references are `{Type name.output}`."""
    protected: bool = False
    provider: str | None = None
    """Its explicit provider; another one replaces it."""
    replaced_for: tuple[str, ...] = ()
    """Its resource option `replaceOnChanges`."""


Record = Mapping[str, Entry]
"""By the end of the URN: the types of all parents but the stack, its own type, and its name."""


def end_of(urn: str) -> str:
    """Return a URN without stack and project, with types as Pulumi's YAML has them: `aws:ecs:Service`."""
    return re.sub(r"/\w+:", ":", urn.split("::", 2)[2])


def record_of(graph: ResourceGraph, former: Mapping[str, str] | None = None) -> dict[str, Entry]:
    """Return the record of a graph.

    Args:
        graph: the program.
        former: ends of URNs that resources had before, by today's; references name those.
    """
    references = _References(graph, former or {})
    return {
        end_of(resource.urn): _entry(resource, references)
        for resource in graph
        # What is read is not the stack's, and what is inside awsx's VPC is made by another library.
        if not (resource.external or "awsx:ec2:Vpc$" in resource.urn)
    }


def _entry(resource: Resource, references: "_References") -> Entry:
    values = {
        path: references.named(resource, path.partition(".")[0], value)
        for path, value in cast("Json", shown(replacing(resource))).items()
    }
    provider = resource.options.get("provider")
    return Entry(
        values,
        bool(resource.options.get("protect")),
        references.title(provider) if provider else None,
        tuple(resource.options.get("replaceOnChanges", ())),
    )


class _References:
    """Names the values that come from other resources: in a live stack they stay when a URN changes."""

    def __init__(self, graph: ResourceGraph, former: Mapping[str, str]) -> None:
        self._former = former
        self._outputs: dict[str, dict[str, str]] = {}
        self._ids: dict[str, str] = {}
        self._sources: dict[str, set[str]] = {}
        for resource in graph:
            self._outputs[resource.urn] = outputs = self._outputs_of(resource)
            if resource.id in outputs:
                self._ids.setdefault(resource.id, outputs[resource.id])
            self._sources[resource.urn] = self._with_their_sources(
                urn for urns in resource.property_dependencies.values() for urn in urns
            )

    def _outputs_of(self, resource: Resource) -> dict[str, str]:
        """Return a name for each output that the provider makes up."""
        outputs: Json = {"id": resource.id, **resource.outputs} if resource.custom else {}
        given = {value for value in resource.inputs.values() if isinstance(value, str)}
        return {
            value: f"{{{self.title(resource.urn)}.{key}}}"
            for key, value in reversed(outputs.items())
            if isinstance(value, str) and len(value) >= _SHORTEST and key != "region" and value not in given
        }

    def _with_their_sources(self, urns: Iterable[str]) -> set[str]:
        return {source for urn in urns for source in (urn, *self._sources.get(urn, ()))}

    def title(self, urn: str) -> str:
        """Return type and name of a resource."""
        end = end_of(urn)
        types, _, name = self._former.get(end, end).partition("::")
        return f"{types.rpartition(':')[2]} {name}"

    def named(self, resource: Resource, name: str, value: Any) -> Any:
        """Return an input of a resource with references in place of what comes from other resources."""
        sources = self._with_their_sources(resource.property_dependencies.get(name, ()))
        texts = {text: title for urn in sorted(sources) for text, title in self._outputs.get(urn, {}).items()}
        return self._replaced(value, sorted(texts.items(), key=lambda item: (-len(item[0]), item)))

    def _replaced(self, value: Any, texts: list[tuple[str, str]]) -> Any:
        if isinstance(value, str):
            for text, title in texts:
                value = value.replace(text, title)
            return self._ids.get(value, value)
        if isinstance(value, dict):
            return {key: self._replaced(item, texts) for key, item in cast("Json", value).items()}
        if isinstance(value, list):
            return [self._replaced(item, texts) for item in cast("list[Any]", value)]
        return value


def written(records: Mapping[str, Record]) -> str:
    """Return the text of a program's records by stack: a line for each resource, under its parents' types."""
    groups: dict[str, list[str]] = {}
    for end in sorted({end for record in records.values() for end in record}):
        types, _, name = end.partition("::")
        parents, _, type_ = types.rpartition("$")
        contents = {stack: _content(record[end]) for stack, record in records.items() if end in record}
        line = json.dumps(_together(contents, len(records)), sort_keys=True)
        groups.setdefault(parents, []).append(f"  {json.dumps(f'{type_}::{name}')}: {line}")
    texts = [
        f" {json.dumps(parents)}: {{\n" + ",\n".join(lines) + "\n }"
        for parents, lines in sorted(groups.items())
    ]
    return "{\n" + ",\n".join(texts) + "\n}\n"


def _content(entry: Entry) -> Json:
    options = {
        PROTECTED: entry.protected,
        PROVIDER: entry.provider,
        REPLACED_FOR: list(entry.replaced_for),
    }
    return entry.replacing | {key: value for key, value in options.items() if value}


def _together(contents: Mapping[str, Json], stacks: int) -> Json:
    """Return what all stacks have of a resource; where they differ, by their names."""
    first, *others = contents.values()
    if len(contents) == stacks and all(other == first for other in others):
        return first
    by_content: dict[str, list[str]] = {}
    for stack, content in contents.items():
        by_content.setdefault(json.dumps(content, sort_keys=True), []).append(stack)
    return {STACKS + " ".join(names): json.loads(content) for content, names in by_content.items()}


def read(text: str, stack: str) -> dict[str, Entry]:
    """Return a stack's record from the text of its program's."""
    content: dict[str, dict[str, Json]] = json.loads(text)
    found: dict[str, Entry] = {}
    for parents, resources in content.items():
        for own, values in resources.items():
            end = f"{parents}${own}" if parents else own
            if not any(key.startswith(STACKS) for key in values):
                found[end] = _read(values)
            for names, of_stacks in values.items():
                if names.startswith(STACKS) and stack in names.removeprefix(STACKS).split():
                    found[end] = _read(of_stacks)
    return found


def _read(content: Json) -> Entry:
    options = (PROTECTED, PROVIDER, REPLACED_FOR)
    return Entry(
        {key: value for key, value in content.items() if key not in options},
        content.get(PROTECTED, False),
        content.get(PROVIDER),
        tuple(content.get(REPLACED_FOR, ())),
    )
