"""The origins of arguments of the apps of a compose file, for `moorage plan --explain`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from moorage.compose_file.nodes import Node
from moorage.compose_file.origins import of_container, of_task
from moorage.compose_file.services import ComposeService
from moorage.model.arguments import Origin, Steps, mapping

from .apps import App, Composition
from .service_arguments import ADDED

_OF_THE_COMPONENT = ("cluster", "load_balancer", "public", "execute_command", "verify", "rollout_timeout")
"""Arguments of an app that are those of the component."""

_MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class _Layer:
    """Arguments of a service that are merged into those of its task."""

    service: ComposeService
    prefix: Steps
    """The place of its container's arguments in those of the app."""
    args: Mapping[str, Any]
    in_file: bool

    def get(self, steps: Steps) -> Any:
        """Return what it says at `steps` of the app's arguments."""
        return _MISSING if steps[: len(self.prefix)] != self.prefix else _at(self.args, self._own(steps))

    def origin(self, steps: Steps) -> Origin:
        """Return the origin of what it says."""
        if self.in_file:
            return _placed(self.service.node.find(["x-moorage", *self._own(steps)]))
        return Origin(argument=("services", self.service.name, *self._own(steps)))

    def _own(self, steps: Steps) -> Steps:
        return steps[len(self.prefix) :]


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins of an app's arguments."""

    of: Composition
    app: App
    awaited: Sequence[str]
    """The services that it waits for, as they are added to its `after`."""

    def __call__(self, steps: Steps) -> Origin | None:
        """Return the origin of an argument; None if nothing in the program or the files gives it."""
        added = next(
            (at for at, step in enumerate(steps) if isinstance(step, int) and steps[at - 1] in ADDED), 0
        )
        origin = self._added(steps, added) if added else self._overridden(steps)
        if origin and steps[-1] in ADDED:
            return self._of_list(steps)
        return origin or self._of_file(steps)

    def _layers(self) -> Iterator[_Layer]:
        """Yield what is merged into the arguments of the file, in this order."""
        for service in self.app.task.services:
            prefix = () if service is self.app.target else ("containers", service.container)
            further = self.of.further[service.name]
            yield _Layer(service, prefix, further.in_file, True)
            yield _Layer(service, prefix, further.in_program, False)

    def _overridden(self, steps: Steps) -> Origin | None:
        for layer in reversed([*self._layers()]):
            if layer.get(steps) is not _MISSING:
                return layer.origin(steps)
            image = (*layer.prefix, "image")
            if steps == (*layer.prefix, "build", "image") and layer.get(image) is not _MISSING:
                return layer.origin(image)
        return None

    def _added(self, steps: Steps, at: int) -> Origin | None:
        """Return the origin of a part of an item of a list that is added to."""
        of_list, index = steps[:at], cast("int", steps[at])
        layers = [
            (layer, len(cast("list[Any]", items)))
            for layer in self._layers()
            if isinstance(items := layer.get(of_list), list)
        ]
        if not layers:
            return None
        start = len(_at(self.app.args, of_list)) - sum(length for _, length in layers)
        for layer, length in layers:
            if start <= index < start + length:
                return layer.origin((*of_list, index - start, *steps[at + 1 :]))
            start += length
        return None

    def _of_list(self, steps: Steps) -> Origin:
        """Return the origins of the items of a list of plain values that is added to."""
        layers = [layer for layer in self._layers() if isinstance(layer.get(steps), list)]
        added = sum(len(layer.get(steps)) for layer in layers)
        base = self._of_file(steps) if len(_at(self.app.args, steps)) > added else None
        item_origins = [origin for origin in (base, *(layer.origin(steps) for layer in layers)) if origin]
        return (
            item_origins[0]
            if len(item_origins) == 1
            else Origin(", ".join(origin.place or "services" for origin in item_origins))
        )

    def _of_file(self, steps: Steps) -> Origin | None:
        """Return the origin of what neither `x-moorage` nor `services` says."""
        name, target = steps[0], self.app.target
        if name in _OF_THE_COMPONENT or (name == "network" and not self._in_given_subnets(steps)):
            return Origin(argument=steps)
        if name in ("rules", "health_check"):
            return self._of_rules(steps)
        if name == "after":
            return self._of_order(steps)
        if name == "containers":
            return self._of_container(steps[1:])
        nodes = of_task(self.app.task, self.of.files.params, target, steps)
        if name == "tags" and not nodes:
            return Origin(argument=steps)
        nodes = nodes or [node for node in (of_container(target, steps),) if node]
        return Origin(", ".join(str(node.where) for node in nodes)) if nodes else None

    def _in_given_subnets(self, steps: Steps) -> bool:
        """Return whether a field of the network is about the subnets of an ecs-params file."""
        return bool(self.of.files.params.subnets) and steps[1:2] not in (("vpc_id",), ("ipv6",))

    def _of_rules(self, steps: Steps) -> Origin | None:
        rules = self.of.spec.rules or ()
        mine = [index for index, rule in enumerate(rules) if rule["service"] == self.app.target.name]
        if steps[0] == "rules":
            index = next((step for step in steps if isinstance(step, int)), None)
            return Origin(argument=("rules", mine[index], *steps[2:])) if mine and index is not None else None
        checks = [index for index in mine if "health_check" in rules[index]]
        return Origin(argument=("rules", checks[0], *steps)) if checks else None

    def _of_order(self, steps: Steps) -> Origin | None:
        """Return the place of the dependency on another service."""
        index = cast("int", steps[1]) - len(self.app.args.get("after", ())) if len(steps) > 1 else 0
        if index >= len(self.awaited):
            return None
        nodes = (
            service.depends_on[self.awaited[index]][1]
            for service in self.app.task.services
            if self.awaited[index] in service.depends_on
        )
        return _placed(next(nodes))

    def _of_container(self, steps: Steps) -> Origin | None:
        """Return the origin of an argument of a further container, whose names have no prefix."""
        service = next(
            (candidate for candidate in self.app.task.services if candidate.container == steps[0]), None
        )
        if service is None or len(steps) < 2:
            return None
        own = f"container_{steps[1]}"
        name = own if own in service.args else steps[1]
        node = of_container(service, (name, *steps[2:]))
        return _placed(node) if node else None


def _placed(node: Node) -> Origin:
    return Origin(str(node.where))


def _at(value: Any, steps: Steps) -> Any:
    """Return the value at `steps`, or _MISSING."""
    for step in steps:
        if isinstance(step, int):
            items = cast("list[Any]", value) if isinstance(value, list) else []
            value = items[step] if step < len(items) else _MISSING
        else:
            value = mapping(value).get(step, _MISSING)
    return value
