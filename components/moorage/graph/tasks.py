"""Task definitions and their containers."""

from dataclasses import dataclass, field
from enum import StrEnum

from moorage.offline import UNKNOWN, Resource, Secret, Unknown
from moorage.offline.values import Json, container_definitions, entries, size, texts

from . import values
from .links import Links
from .origin import FromResource
from .types import FILE_SYSTEM, PARAMETER, ROLE, SECRET, TASK_DEFINITION

_USABLE = (SECRET, PARAMETER, FILE_SYSTEM)


class NetworkKind(StrEnum):
    """The network mode of a task definition: all that ECS knows, while components take only `awsvpc` and
    `bridge`."""

    AWSVPC = "awsvpc"
    BRIDGE = "bridge"
    HOST = "host"
    NONE = "none"
    DEFAULT = "default"
    """NAT on Windows."""


@dataclass(frozen=True, slots=True)
class PortMapping:
    """A port of a container."""

    container: int | None
    """None for a range, or if unknown."""
    host: int
    """The host port; 0 for a dynamic port."""
    protocol: str
    """`tcp` or `udp`."""
    range: bool
    """True if it is a range of ports."""


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a task definition."""

    name: str
    image: str | Unknown
    """UNKNOWN also for an image in a secret; `definition` has it."""
    mappings: tuple[PortMapping, ...]
    essential: bool
    stop_timeout: int | Unknown
    """The seconds between SIGTERM and SIGKILL."""
    definition: Json = field(repr=False)
    """The container definition with the field names of ECS, secrets unwrapped."""

    @property
    def ports(self) -> tuple[int, ...]:
        """Return the container ports, in order."""
        return tuple(
            port_mapping.container for port_mapping in self.mappings if port_mapping.container is not None
        )


@dataclass(frozen=True, slots=True)
class Task(FromResource):
    """A task definition of the stack."""

    inputs: Json = field(repr=False)
    """All inputs, secrets unwrapped."""
    family: str
    cpu: int | Unknown | None
    """CPU units of the task; None if only its containers set them."""
    memory: int | Unknown | None
    """MiB of the task; None if only its containers set them."""
    storage: int | Unknown | None
    """GiB of ephemeral storage on Fargate; None for the default."""
    arch: str | Unknown
    """`X86_64` or `ARM64`."""
    system: str | Unknown
    """The operating system family, such as `LINUX`."""
    network_mode: NetworkKind | Unknown
    compatibilities: tuple[str, ...]
    """The required compatibilities: `FARGATE`, `EC2`, ..."""
    containers: tuple[Container, ...] | Unknown
    task_role: Resource | Unknown | None
    """None without one, UNKNOWN for a role outside the stack."""
    execution_role: Resource | Unknown | None
    uses: tuple[str, ...]
    """URNs of the secrets, parameters and file systems of its containers."""

    @property
    def reserved_cpu(self) -> int | Unknown:
        """Return the CPU units of the task, or the sum of its containers."""
        return self.containers_cpu if self.cpu is None else self.cpu

    @property
    def reserved_memory(self) -> int | Unknown:
        """Return the MiB of the task, or the sum of its containers."""
        return self.containers_memory if self.memory is None else self.memory

    @property
    def containers_cpu(self) -> int | Unknown:
        """Return the sum of its containers' CPU units."""
        return self._reserved(("cpu",))

    @property
    def containers_memory(self) -> int | Unknown:
        """Return the sum of its containers' memory, in MiB."""
        return self._reserved(("memoryReservation", "memory"))

    @property
    def reserved_gpus(self) -> int | Unknown:
        """Return the sum of its containers' GPUs."""
        if self.containers is UNKNOWN:
            return UNKNOWN
        return values.total(
            values.number(requirement.get("value"), 0)
            for container in self.containers
            for requirement in entries(container.definition.get("resourceRequirements"))
            if requirement.get("type") == "GPU"
        )

    def _reserved(self, keys: tuple[str, ...]) -> int | Unknown:
        if self.containers is UNKNOWN:
            return UNKNOWN
        return values.total(
            values.number(
                next((reservation for key in keys if (reservation := container.definition.get(key))), None), 0
            )
            for container in self.containers
        )

    def container(self, name: object) -> Container | None:
        """Return a container by name, or None."""
        return next((container for container in self._containers if container.name == name), None)

    @property
    def _containers(self) -> tuple[Container, ...]:
        return () if self.containers is UNKNOWN else self.containers

    @property
    def definitions(self) -> list[Json]:
        """Return the container definitions with the field names of ECS; none if unknown."""
        return [container.definition for container in self._containers]

    @property
    def host_ports(self) -> frozenset[tuple[int, str]]:
        """Return the known ports and protocols that each task binds on its instance."""
        shared = self.network_mode in (NetworkKind.BRIDGE, NetworkKind.HOST)
        return self.fixed_ports if shared else frozenset()

    @property
    def fixed_ports(self) -> frozenset[tuple[int, str]]:
        """Return the ports and protocols of a task at its own or its instance's address."""
        ports: set[tuple[int, str]] = set()
        for container in self._containers:
            for port_mapping in container.mappings:
                if self.network_mode == NetworkKind.AWSVPC:
                    port = port_mapping.container
                elif self.network_mode == NetworkKind.HOST:
                    port = port_mapping.host or port_mapping.container
                else:
                    port = port_mapping.host
                if port:
                    ports.add((port, port_mapping.protocol))
        return frozenset(ports)


def tasks(links: Links) -> tuple[Task, ...]:
    """Return the task definitions of the stack."""
    return tuple(_task(links, definition) for definition in links.of_type(TASK_DEFINITION))


def _task(links: Links, definition: Resource) -> Task:
    inputs = links.inputs(definition)
    return Task(
        resource=definition,
        inputs=inputs,
        family=values.plain(definition.inputs.get("family")) or definition.name,
        cpu=values.number(inputs.get("cpu"), None, size),
        memory=values.number(inputs.get("memory"), None, size),
        storage=values.number(values.within(inputs, "ephemeralStorage", "sizeInGib"), None),
        arch=values.text(values.within(inputs, "runtimePlatform", "cpuArchitecture"), "X86_64"),
        system=values.text(values.within(inputs, "runtimePlatform", "operatingSystemFamily"), "LINUX"),
        network_mode=values.member(NetworkKind, inputs.get("networkMode"), NetworkKind.BRIDGE),
        compatibilities=texts(inputs.get("requiresCompatibilities")),
        containers=_containers(definition, inputs),
        task_role=_role(links, definition, "taskRoleArn"),
        execution_role=_role(links, definition, "executionRoleArn"),
        uses=_uses(links, definition),
    )


def _role(links: Links, definition: Resource, property_: str) -> Resource | Unknown | None:
    role = links.inputs(definition).get(property_)
    if role is None:
        return None
    return links.one(definition, property_, role, ROLE) or UNKNOWN


def _containers(definition: Resource, inputs: Json) -> tuple[Container, ...] | Unknown:
    definitions = container_definitions(inputs)
    if definitions is None:
        return UNKNOWN
    secret = isinstance(definition.inputs.get("containerDefinitions"), Secret)
    return tuple(_container(container, secret) for container in definitions)


def _container(definition: Json, secret: bool) -> Container:
    return Container(
        name=values.plain(definition.get("name")),
        image=UNKNOWN if secret else values.text(definition.get("image"), ""),
        mappings=tuple(map(_mapping, entries(definition.get("portMappings")))),
        essential=definition.get("essential") is not False,
        # The agent's default, also for 0 ("Task definition parameters", Amazon ECS Developer Guide).
        stop_timeout=values.number(definition.get("stopTimeout") or None, 30),
        definition=definition,
    )


def _mapping(entry: Json) -> PortMapping:
    return PortMapping(
        container=values.known(values.number(entry.get("containerPort"), None)),
        host=values.known(values.number(entry.get("hostPort"), 0)) or 0,
        protocol=values.plain(entry.get("protocol")) or "tcp",
        range="containerPortRange" in entry,
    )


def _uses(links: Links, definition: Resource) -> tuple[str, ...]:
    containers = container_definitions(links.inputs(definition))
    references = [
        values.plain(secret.get("valueFrom"))
        for container in containers or ()
        for secret in entries(container.get("secrets"))
    ]
    urns = [
        resource.urn
        for type_ in _USABLE
        for resource in links.of_type(type_)
        if any(_is_of(resource, value) for value in references)
    ]
    if containers is None:
        # In a preview the definitions are unknown, but their dependencies are known.
        for type_ in _USABLE:
            urns += [resource.urn for resource in links.sources(definition, "containerDefinitions", type_)]
    urns += [resource.urn for resource in links.of(definition, "volumes", FILE_SYSTEM)]
    return tuple(dict.fromkeys(urns))


def _is_of(resource: Resource, value: str) -> bool:
    """Return whether an ARN or name is that of a resource or of something in it."""
    arn, name = (values.plain(resource.outputs.get(key)) for key in ("arn", "name"))
    within = arn and (value == arn or value.startswith((f"{arn}:", f"{arn}/")))
    return bool(within) or (bool(name) and value == name)
