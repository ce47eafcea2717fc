"""The files of a new project."""

import json
from dataclasses import dataclass

from .detected import local_command
from .location import Location
from .requirement import is_local

IGNORED = (".moorage/", ".build/", ".venv/", "__pycache__/")
"""The lines of .gitignore: the local run, copies of build contexts, the program's virtual environment."""

_YAML_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
"""Names that YAML 1.1 or 1.2 reads as other types than strings."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a new project."""

    name: str
    """Of the project and of its app."""
    port: int
    health_path: str
    region: str
    requirement: str
    """The line of requirements.txt."""


def files_of(settings: Settings, location: Location) -> dict[str, str]:
    """Return the content of each file by its name."""
    return {
        "Pulumi.yaml": _project(settings),
        "Pulumi.dev.yaml": _DEV.format(name=settings.name),
        "Pulumi.prod.yaml": _PROD.format(name=settings.name),
        "__main__.py": _program(settings, location),
        "requirements.txt": _requirements(settings.requirement),
    }


_PROJECT = """\
name: {name}
description: {app} on Amazon ECS, with moorage
runtime:
  name: python
  options:
    toolchain: pip
    virtualenv: .venv
config:
  aws:region:
    value: {region}
  preset:
    type: string
    default: dev
    description: "dev or prod: how long logs are kept, and what is protected against deletion"
  count:
    type: integer
    default: 1
    description: "How many tasks run"
"""

_DEV = """\
config:
  {name}:count: 1
"""

_PROD = """\
config:
  {name}:preset: prod
  {name}:count: 2
"""

_PROGRAM = '''\
"""{name} on Amazon ECS: one app behind a load balancer, in the account's default VPC."""

import pulumi

from moorage import ContainerApp, EcsCluster, LoadBalancer, Network

config = pulumi.Config()
preset = config.require("preset")

network = Network("{name}", {{}})
cluster = EcsCluster("{name}", {{"network": network.ref, "preset": preset}})
balancer = LoadBalancer("{name}", {{"network": network.ref, "preset": preset}})
app = ContainerApp(
    "{name}",
    {{
        "cluster": cluster.ref,
        "network": network.ref,
        "load_balancer": balancer.ref,
        "build": {build},
        "port": {port},
        "count": config.require_int("count"),
        "health_check": {{"path": {path}}},
{local}    }},
)
pulumi.export("url", app.url)
'''


_LOCAL = """\
        # Without Docker, each task is a process with a port of its own.
        "local": {{"command": {command}}},
"""


def _project(settings: Settings) -> str:
    name = f'"{settings.name}"' if settings.name.lower() in _YAML_WORDS else settings.name
    return _PROJECT.format(name=name, app=settings.name, region=settings.region)


def _program(settings: Settings, location: Location) -> str:
    command = local_command(location.stage, settings.port)
    return _PROGRAM.format(
        name=settings.name,
        local=_LOCAL.format(command=json.dumps(command, ensure_ascii=False)) if command else "",
        build=json.dumps(location.build, ensure_ascii=False),
        port=settings.port,
        path=json.dumps(settings.health_path),
    )


def _requirements(line: str) -> str:
    lines = ["# What `pulumi up` installs into .venv."]
    if is_local(line):
        lines.append(
            "# A path of this machine; replace it by a wheel or a git repository that others can reach."
        )
    return "\n".join([*lines, line, ""])
