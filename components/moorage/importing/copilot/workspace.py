"""Workspaces of Copilot: manifests of environments, services, jobs and pipelines, as one project."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moorage.compose_file.nodes import Node, Where
from moorage.compose_file.yaml_reader import load_file
from moorage.importing.literals import take_all_secrets
from moorage.importing.project import CERTIFICATE, DEV, ZONE, Arguments, Code, Project, logical_name
from moorage.importing.tables import SourceError, SourceNode
from moorage.importing.variables import expressions

from .containers import ContainerTarget, Place
from .environment import Environment, environment
from .hosts import tell_apart
from .jobs import job, request_driven
from .messaging import Topics, declare_queue, declare_topics
from .values import interpolated, merged
from .workload import service

_LOAD_BALANCED, _BACKEND, _WORKER = "Load Balanced Web Service", "Backend Service", "Worker Service"
_JOB, _RUNNER, _STATIC = "Scheduled Job", "Request-Driven Web Service", "Static Site"
_TYPES = (_LOAD_BALANCED, _BACKEND, _WORKER, _JOB, _RUNNER, _STATIC)

_NO_SITE = "a static site has no containers: serve it with CloudFront and S3 (`aws.s3`, `aws.cloudfront`)"
_NO_ADDONS = (
    "CloudFormation templates are not translated: make the resources in the program, or keep the stack"
)
_NO_OVERRIDES = (
    "CDK and YAML overrides are of Copilot's templates; use arguments, or `overrides` of the component"
)
_NO_PIPELINE = (
    "`moorage pipeline github`, `gitlab` or `codebuild` writes a pipeline: `--stack` for each stage, in order"
)
_SHELL = "The variable {} of the shell that deployed"


@dataclass(slots=True)
class _Workload:
    name: str
    type: str
    node: SourceNode
    by_stack: dict[str, Arguments] = field(default_factory=dict[str, Arguments])

    def all_of(self, argument: str) -> dict[str, Any]:
        """Return the values of an argument by stack, where it is set."""
        values = {stack: args.get(argument) for stack, args in self.by_stack.items()}
        return {stack: value for stack, value in values.items() if value is not None}


@dataclass(slots=True)
class _Import:
    root: Path
    out: Path
    project: Project
    application: str
    environments: dict[str, SourceNode] = field(default_factory=dict[str, SourceNode])
    workloads: list[_Workload] = field(default_factory=list[_Workload])
    places: dict[str, Place] = field(default_factory=dict[str, Place])

    def of_type(self, *types: str) -> list[_Workload]:
        """Return the workloads of some types."""
        return [workload for workload in self.workloads if workload.type in types]


def import_copilot(path: Path, out: Path, name: str | None, region: str) -> Project:
    """Return the project of a workspace, or of one manifest.

    Raises:
        MoorageError: there is no manifest, one cannot be read, or all are of a type without containers.
    """
    root, manifests = _manifests(path)
    application = _application(root) or root.resolve().name
    project = Project(logical_name(name or application).lower(), "AWS Copilot's manifests", region)
    made = _Import(root, out, project, application)
    for file in manifests:
        _read(made, file)
    _omitted(made)
    if not made.workloads:
        reasons = "; ".join(f"{entry.place}: {entry.text}" for entry in project.report.entries)
        raise SourceError(reasons or f"{path}: there are no services or jobs to import")
    project.stacks = _stacks(made)
    _translate(made)
    project.steps += _STEPS
    return project


_STEPS = (
    "Copilot set COPILOT_APPLICATION_NAME, COPILOT_ENVIRONMENT_NAME, COPILOT_SERVICE_NAME, COPILOT_LB_DNS "
    "and COPILOT_SERVICE_DISCOVERY_ENDPOINT; the program does not: set those that your code reads in "
    "`environment`.",
    "Services call each other at `http://NAME:PORT`, by Service Connect, instead of `NAME.ENV.APP.local`.",
    "The program makes new resources beside Copilot's; docs/moving-from-copilot.md has the order of a move.",
)


def _manifests(path: Path) -> tuple[Path, list[Path]]:
    """Return the root of a workspace and its manifests."""
    if path.is_file():
        inside = next((parent for parent in path.resolve().parents if (parent / "copilot").is_dir()), None)
        return inside or path.parent, [path]
    folder = path if path.name == "copilot" else path / "copilot"
    if not folder.is_dir():
        raise SourceError(f"{path}: has no folder named copilot; pass the workspace's root, or a manifest")
    return folder.parent, sorted(
        [*folder.glob("*/manifest.yml"), *folder.glob("environments/*/manifest.yml")]
    )


def _application(root: Path) -> str:
    file = root / "copilot" / ".workspace"
    documents = load_file(file) if file.is_file() else []
    return documents[0].text_of("application") if documents else ""


def _read(made: _Import, file: Path) -> None:
    """Read a manifest: of an environment, a service or a job."""
    documents = load_file(file)
    node = SourceNode.of(documents[0]) if documents else None
    kind, named = (node.get("type"), node.get("name")) if node else (None, None)
    if node is None or kind is None or named is None:
        raise SourceError(f"{file}:1: is not a manifest of Copilot: it requires name and type")
    if kind.text() == "Environment":
        made.environments[named.text()] = node
    elif kind.text() not in _TYPES:
        raise SourceError(f"{kind.where}: {kind.text()!r} must be one of {', '.join(_TYPES)}, Environment")
    elif kind.text() == _STATIC:
        made.project.report.omitted(kind, f"type of {named.text()}", _NO_SITE)
    else:
        made.workloads.append(_Workload(named.text(), kind.text(), node))


def _omitted(made: _Import) -> None:
    """Report files of the workspace that are not manifests of workloads."""
    folder = made.root / "copilot"
    for reason, patterns in {
        _NO_ADDONS: ("*/addons/*.yml", "*/addons/*.yaml", "environments/addons/*.yml"),
        _NO_OVERRIDES: ("*/overrides/*", "environments/overrides/*", "pipelines/*/overrides/*"),
    }.items():
        for file in sorted({file for pattern in patterns for file in folder.glob(pattern)}):
            made.project.report.omitted(Node(None, Where(file.as_posix(), 0)), file.name, reason)
    for file in [*sorted(folder.glob("pipelines/*/manifest.yml")), *folder.glob("pipeline.yml")]:
        for document in load_file(file):
            for key, node in document.entries().items():
                made.project.report.omitted(node, key, _NO_PIPELINE)


def _stacks(made: _Import) -> list[str]:
    """Return the environments: those with a manifest, then those that workloads override."""
    names = dict.fromkeys(made.environments)
    for workload in made.workloads:
        names |= dict.fromkeys(workload.node.mapped("environments"))
    return list(names) or [DEV]


def _translate(made: _Import) -> None:
    """Declare what the workloads share, then the workloads."""
    _read_environments(made)
    for workload in made.workloads:
        _translate_workload(made, workload)
    _names(made)
    _tell_apart(made)
    _declare_shared(made)
    topics: Topics = {}
    for workload in made.workloads:
        topics |= declare_topics(made.project, workload.name, workload.by_stack)
    for workload in made.workloads:
        _declare(made, workload, topics)


def _variables(made: _Import, stack: str) -> dict[str, str]:
    """Return the variables that Copilot itself sets in manifests."""
    return {"COPILOT_APPLICATION_NAME": made.application, "COPILOT_ENVIRONMENT_NAME": stack}


def _read_environments(made: _Import) -> None:
    """Translate the manifests of environments, which a workspace need not have."""
    shared: dict[str, Environment] = {}
    for stack in made.project.stacks:
        manifest = made.environments.get(stack, SourceNode({}, Where("", 0)))
        shared[stack] = environment(interpolated(manifest, _variables(made, stack)), made.project.report)
    has_internal = all(environment.has_private for environment in shared.values())
    for stack in made.project.stacks:
        made.places[stack] = Place(made.project, made.root, made.out, shared[stack], has_internal)


_TRANSLATIONS = {_JOB: job, _RUNNER: request_driven}


def _translate_workload(made: _Import, workload: _Workload) -> None:
    """Set the arguments of a workload in each environment."""
    overrides = workload.node.mapped("environments")
    base = workload.node.with_value(
        {key: item for key, item in workload.node.entries().items() if key != "environments"}
    )
    for stack in made.project.stacks:
        node = merged(base, overrides[stack]) if stack in overrides else base
        manifest = SourceNode.of(interpolated(node, _variables(made, stack)))
        target = ContainerTarget(made.project.report, {}, made.places[stack], workload.name, manifest)
        args = _TRANSLATIONS.get(workload.type, service)(target)
        workload.by_stack[stack] = expressions(made.project, args, _SHELL)


def _names(made: _Import) -> None:
    """Let services call each other by name, where Copilot's service discovery did."""
    services = made.of_type(_LOAD_BALANCED, _BACKEND, _WORKER)
    called = bool(made.of_type(_BACKEND)) and len(services) > 1
    for stack, place in made.places.items():
        if not called and not place.namespace:
            continue
        place.namespace = True
        for workload in services:
            args = workload.by_stack[stack]
            if "port" in args:
                args.setdefault("connect", {})
            else:
                args["connect"] = {"services": []}


_BEHIND = {"balancer": (_LOAD_BALANCED, _RUNNER), "internal": (_BACKEND,)}
"""The types of workloads behind each load balancer, by its variable."""


def _tell_apart(made: _Import) -> None:
    """Let no two services behind a load balancer have the same rules."""
    manifests = {workload.name: workload.node for workload in made.workloads}
    for types in _BEHIND.values():
        for stack in made.project.stacks:
            targets = {
                workload.name: target
                for workload in made.of_type(*types)
                if (target := workload.by_stack[stack].get("http_target")) is not None
            }
            tell_apart(made.project, manifests, targets)


def _declare_shared(made: _Import) -> None:
    """Declare the network, the cluster and the load balancers."""
    project, title = made.project, logical_name(made.application)
    networks = {
        stack: expressions(project, place.shared.network, _SHELL) for stack, place in made.places.items()
    }
    if not all(networks.values()):
        where = next(iter(made.environments.values()), made.workloads[0].node)
        text = "Copilot made a VPC of its own; `Network` is the default VPC where the manifest names none"
        project.report.approximated(where, "network", text)
    network = project.declare_by_stack("Network", title, networks, "network")
    clusters: dict[str, Arguments] = {}
    for stack, place in made.places.items():
        clusters[stack] = args = {**place.shared.cluster, **place.capacity}
        if place.namespace:
            args |= {"network": network.ref, "namespace": True}
        if place.arch != "x86_64":
            args["arch"] = place.arch
    project.declare_by_stack("EcsCluster", title, clusters, "cluster")
    for variable, types in _BEHIND.items():
        reached = made.of_type(*types)
        used = {stack for workload in reached for stack in workload.all_of("http_target")}
        if used:
            args = {stack: _balancer(made, stack, variable == "internal") for stack in project.stacks}
            name = title if variable == "balancer" else f"{title}-private"
            project.declare_by_stack("LoadBalancer", name, args, variable)
            _report_unused(made, reached[0], "http", used)


def _report_unused(made: _Import, workload: _Workload, key: str, used: Collection[str]) -> None:
    """Report the stacks in which a load balancer is made although nothing is behind it."""
    unused = [stack for stack in made.project.stacks if stack not in used]
    if unused:
        node = workload.node.get(key) or workload.node
        text = f"the load balancer is made in {', '.join(unused)} too, where no service is behind it"
        made.project.report.approximated(node, key, text)


def _balancer(made: _Import, stack: str, internal: bool) -> Arguments:
    place = made.places[stack]
    args: Arguments = {"network": Code("network.ref")}
    args |= {"internal": True, **place.shared.private} if internal else place.shared.public
    args = _named(made, args, place.internal_domains if internal else place.domains)
    if "tls_policy" in args and not {"zone_id", "certificate_arn"} & args.keys():
        del args["tls_policy"]
        node = made.environments[stack].find(["http", "private" if internal else "public", "ssl_policy"])
        made.project.report.withdraw(node, node.path)
        made.project.report.omitted(node, node.path, "without a certificate or an alias there is no HTTPS")
    return args


def _network_balancer(made: _Import, workload: str, stack: str, target: Arguments) -> Arguments:
    """Return the arguments of the network load balancer of a workload, taken from those of its target."""
    args: Arguments = {"type": "network", "network": Code("network.ref")}
    certificate = made.places[stack].shared.public.get("certificate_arn")
    is_tls = target.get("protocol") == "tls"
    if is_tls and certificate is not None:
        args["certificate_arn"] = certificate
    own = target.pop("balancer", {})
    args = _named(made, args, own.pop("aliases", {})) | own
    if is_tls and not {"certificate_arn", "zone_id"} & args.keys():
        what = f"The ACM certificate of {workload} for TLS"
        words = [workload, "certificate", "arn"]
        args["certificate_arn"] = made.project.setting(words, what, stand_in=CERTIFICATE)
    return args


def _named(made: _Import, args: Arguments, zones: dict[str, str]) -> Arguments:
    """Return the arguments of a load balancer with its domains, of which some have a hosted zone."""
    if zones:
        args["domain"], *others = zones
        zone = next(filter(None, zones.values()), None)
        if zone is None and "certificate_arn" not in args:
            what = f"The Route 53 hosted zone of {args['domain']}"
            zone = made.project.setting(["hosted", "zone", "id"], what, stand_in=ZONE)
        if zone is not None:
            args |= {"domains": others, "zone_id": zone} if others else {"zone_id": zone}
    return expressions(made.project, args, _SHELL)


def _declare_network_balancer(made: _Import, workload: _Workload) -> Code | None:
    """Declare the network load balancer of a workload, if a stack has one; return its expression."""
    targets = workload.all_of("network_target")
    if not targets:
        return None
    name = workload.name
    arguments = {
        stack: _network_balancer(made, name, stack, targets.get(stack, {})) for stack in made.project.stacks
    }
    _report_unused(made, workload, "nlb", targets)
    return made.project.declare_by_stack("LoadBalancer", f"{name}-network", arguments, f"{name}-balancer").ref


def _declare(made: _Import, workload: _Workload, topics: Topics) -> None:
    """Declare a workload."""
    project = made.project
    declare_queue(project, workload.name, workload.by_stack, topics)
    balancer = Code("internal.ref" if workload.type == _BACKEND else "balancer.ref")
    connections = _declare_network_balancer(made, workload)
    declared: dict[str, Arguments] = {}
    for stack, args in workload.by_stack.items():
        reached, connected = args.pop("http_target", None), args.pop("network_target", None)
        first: Arguments = {"cluster": Code("cluster.ref"), "network": Code("network.ref")}
        if reached is not None:
            first["load_balancer"] = balancer
        elif connected is not None:
            first["load_balancer"], reached = connections, connected
        elif workload.type == _JOB:
            args.pop("connect", None)
        take_all_secrets(project, workload.name, args)
        declared[stack] = {**first, **args, **(reached or {})}
    kind = "Job" if workload.type == _JOB else "ContainerApp"
    app = project.declare_by_stack(kind, workload.name, declared)
    is_reached = any("load_balancer" in args for args in declared.values())
    if is_reached and workload.type in (_LOAD_BALANCED, _RUNNER):
        project.exports[f"{app.variable}Url" if len(made.workloads) > 1 else "url"] = f"{app.variable}.url"
