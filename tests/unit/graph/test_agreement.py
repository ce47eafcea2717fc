"""Summary, picture, bill, preflight and local run say the same of every service, whatever the program.

They are asked for what they print or make, not for what they read. MOORAGE_GENERATED=2000 generates so many
programs, other ones each time; by default there are few, and always the same.
"""

import os
import re
from collections import Counter
from dataclasses import dataclass, fields, replace
from html import unescape
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rich.console import Console
from support import generated_arguments as arguments
from support.generated_ecs import ANYWHERE, Program, programs
from support.generated_programs import PRIVATE, PUBLIC

import moorage
from moorage.graph import Capacity, ComputeKind, Service, View, WayOut, view
from moorage.graph.capacity import FARGATE
from moorage.graph.values import known
from moorage.local.model import LocalStack, ServiceSpec
from moorage.local.translate.program import translate
from moorage.model.problems import ArgumentsError
from moorage.offline import UNKNOWN, EvaluationError, Unknown, evaluate
from moorage.plan.cost import monthly
from moorage.plan.cost.bill import HOURS
from moorage.plan.cost.model import Cost, CostLine
from moorage.plan.cost.table import prices
from moorage.plan.picture import html
from moorage.plan.picture.layout import Layout
from moorage.plan.picture.scene import Scene
from moorage.plan.plan import Plan
from moorage.plan.preflight import check
from moorage.plan.summary import summary

EXAMPLES = int(os.environ.get("MOORAGE_GENERATED", "0"))
REGION = "us-east-1"

generated = settings(
    max_examples=EXAMPLES or 30,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def aws_takes_it() -> None:
    """Spare the judging of every unit test: nothing here is made by components."""


Span = tuple[int, int]
"""The fewest and the most tasks."""


@dataclass(frozen=True)
class Said:
    """Statements of a reader on a service; None for those that it does not make."""

    tasks: Span | None = None
    compute: frozenset[str] | Unknown | None = None
    """The kinds of compute that its strategy names."""
    on_fargate: frozenset[tuple[str, Span]] | None = None
    """The tasks on Fargate and on Fargate Spot, where there are any."""
    entered: bool | None = None
    """True if requests come to it: by a load balancer, or past any."""
    public: bool | None = None
    """True if its tasks have public addresses."""
    reachable: bool | Unknown | None = None
    """True if clients outside the VPC reach it."""


def by_view(service: Service) -> Said:
    capacity = service.capacity
    kinds = {provider.kind for provider in capacity.providers}
    tasks = None if service.daemon else _span(service.minimum, service.maximum)
    low, high = (known(capacity.spread(count)) or {} for count in tasks or (0, 0))
    on_fargate = {(kind, (low[name], high[name])) for name, kind in FARGATE.items() if high.get(name)}
    return Said(
        tasks,
        compute=UNKNOWN if capacity.shares is UNKNOWN or UNKNOWN in kinds else frozenset(map(str, kinds)),
        on_fargate=None if tasks is None or capacity.shares is UNKNOWN else frozenset(on_fargate),
        entered=bool(service.routes or service.open_ports),
        public=None if service.public is UNKNOWN else service.public,
        reachable=service.reachable,
    )


def by_summary(text: str, name: str) -> Said:
    count = r"(?:(\d+)(?: to (\d+))? tasks?|1 task per instance)"
    runs = re.search(rf"(?m)^ *(?:Runs +)?{name}: {count}(?: \([^)]*\))? on (.*)", text)
    assert runs is not None
    tasks = (int(runs[1]), int(runs[2] or runs[1])) if runs[1] else None
    compute, on_fargate = _capacity(runs[3], tasks)
    public = re.search("with public addresses: (.*)", text)
    entries = re.findall(rf"(.*) -> {name}\b", text)
    from_outside = any("(internal" not in entry for entry in entries)
    unknown = f" {name}: reachability from outside the VPC is unknown" in text
    return Said(
        tasks,
        compute=compute,
        on_fargate=on_fargate,
        entered=bool(entries),
        public=public is not None and not {"all tasks", name}.isdisjoint(public[1].rstrip().split(", ")),
        reachable=UNKNOWN if unknown else from_outside,
    )


def _capacity(
    words: str, tasks: Span | None
) -> tuple[frozenset[str] | Unknown, frozenset[tuple[str, Span]] | None]:
    """Read `Fargate (first 1) and Fargate Spot (the rest), scaled by CPU 60%`: kinds, Fargate's tasks."""
    shares = re.split(r", scaled by |; ", words.rstrip())[0].split(" and ")
    kinds = [share.partition(" (")[0] for share in shares]
    if not {*kinds} <= {*ComputeKind}:
        return UNKNOWN, None
    if tasks is None or any(" of " in share for share in shares):
        return frozenset(kinds), None
    first = [int(found[1]) if (found := re.search(r"first (\d+)", share)) else 0 for share in shares]
    spans: set[tuple[str, Span]] = set()
    for kind, base, share in zip(kinds, first, shares, strict=True):
        takes_rest = len(shares) == 1 or "the rest" in share
        low, high = (min(base, count) + takes_rest * max(0, count - sum(first)) for count in tasks)
        if kind in FARGATE.values() and high:
            spans.add((kind, (low, high)))
    return frozenset(kinds), frozenset(spans)


def by_picture(scene: Scene, name: str) -> Said:
    (box,) = (box for box in scene.boxes if box.title.startswith(f"Service {name}. "))
    lines = [line for line in scene.lines if line.kind == "traffic"]
    written = re.match(rf"Service {name}\. (\d+)(?: to (\d+))? tasks? · ", box.title)
    tasks = (int(written[1]), int(written[2] or written[1])) if written else None
    if tasks and tasks[1] <= 16:
        assert (sum(not square.extra for square in box.squares), len(box.squares)) == tasks
    *_, runs_on, reach = box.title.split(". ", 3)
    compute, on_fargate = _capacity(runs_on, tasks)
    starts = [line.points[0] for line in lines if line.points[-1] == (box.x, box.middle)]
    before = [each for each in scene.boxes if (each.right, each.middle) in starts]
    # Lines end at a load balancer only if they come from outside.
    from_outside = any(
        each.title == "Internet" or any(line.points[-1] == (each.x, each.middle) for line in lines)
        for each in before
    )
    unreachable = {"not reachable from outside the VPC": False, "reachability unknown": UNKNOWN}
    return Said(
        tasks,
        compute=compute,
        on_fargate=on_fargate,
        entered=bool(starts),
        public=True if "(public IP of each task)" in reach else None,
        reachable=True if from_outside else unreachable.get(reach.rpartition(", ")[2]),
    )


def by_bill(cost: Cost, service: Service) -> Said:
    """Fargate's tasks are on the bill, unless it notes that it has no price for some of a service."""
    lines = [line for line in cost.lines if line.resource == service.urn]
    found = {tasks for line in lines if (tasks := _billed(line))}
    noted = any(note.startswith(f"{service.resource.name}: ") for note in cost.unknown)
    balancers = {route.balancer for route in service.routes}
    from_outside = any(
        line.resource in balancers and line.what.startswith("public IPv4 addresses") for line in cost.lines
    )
    said = Said(
        on_fargate=None if noted and not found else frozenset(found),
        reachable=True if from_outside else None,
    )
    if not found:
        return said
    return replace(
        said,
        tasks=(sum(low for _, (low, _) in found), sum(high for _, (_, high) in found)),
        public=any(line.what.startswith("public addresses") for line in lines),
    )


def _billed(line: CostLine) -> tuple[str, Span] | None:
    """Read `1 to 2 tasks on demand, 0.25 vCPU, x86`, whose amount is at the price of that kind."""
    words = r"(\d+)(?: to (\d+))? tasks? (on demand|on Spot).*, ([\d.]+) (vCPU|GB), (x86|ARM)"
    if (found := re.match(words, line.what)) is None:
        return None
    low, high = int(found[1]), int(found[2] or found[1])
    on_demand = prices(REGION).charges[f"fargate_{found[5]}_{found[6]}".lower()]
    assert on_demand is not None
    costs_all = line.most == pytest.approx(high * float(found[4]) * HOURS * on_demand)
    assert costs_all is (found[3] == "on demand"), line
    return ComputeKind.FARGATE if costs_all else ComputeKind.FARGATE_SPOT, (low, high)


def _span(low: object, high: object) -> Span | None:
    return (low, high) if isinstance(low, int) and isinstance(high, int) else None


def agree(*all_said: Said) -> None:
    for field in fields(Said):
        values = {getattr(said, field.name) for said in all_said} - {None}
        assert len(values) <= 1, f"{field.name}: {all_said}"


def readers_agree(found: View) -> dict[str, Service]:
    cost, scene, console = monthly(found, REGION), Layout(found).run(), Console(width=10_000)
    plan = Plan(found, REGION, (), cost)
    with console.capture() as printed:
        console.print(*summary(plan))
    text = printed.get()
    for service in found.services:
        name = service.name
        agree(by_view(service), by_summary(text, name), by_picture(scene, name), by_bill(cost, service))
    network_agrees(found, scene, text)
    balancers_agree(found, scene)
    capacity_agrees(found, scene, text)
    sizes_agree(found, scene, text)
    counts_agree(found, scene)
    zones_agree(found, scene)
    shares_agree(found, scene)
    page_agrees(plan, scene)
    for job in found.jobs:
        assert any(box.title.startswith(f"Job {job.name}. ") for box in scene.boxes)
        billed = any(line.resource == job.urn and "on Fargate" in line.what for line in cost.lines)
        if job.capacity.shares is not UNKNOWN:
            assert billed is any(provider.name in FARGATE for provider in job.capacity.providers)
    return {service.name: service for service in found.services}


WORDS = {True: "public", False: "private", UNKNOWN: "subnet"}
"""The notes of a subnet in the picture."""


def network_agrees(found: View, scene: Scene, text: str) -> None:
    """Check the zones and the counts of subnets and NAT gateways, in the picture and in the summary."""
    for vpc in found.networks:
        title = f"VPC {vpc.name}" if vpc.new else "Existing VPC"
        (frame,) = (box for box in scene.boxes if box.kind == "frame" and box.title.startswith(title))
        line = re.search(f"new VPC {vpc.name}, .*" if vpc.new else "existing VPC.*", text)
        expected = Counter(WORDS[subnet.public] for subnet in vpc.subnets)
        for words in (frame.title, line[0] if line else ""):
            counts = re.findall(r"(\d+) (?:(public|private) )?subnets?", words)
            assert {kind or "subnet": int(number) for number, kind in counts} == expected
            gateways = re.search(r"(\d+) NAT gateways?", words)
            assert (int(gateways[1]) if gateways else 0) == vpc.nat_gateways
        lanes = [box.title.partition(": ") for box in scene.boxes if box.kind == "lane"]
        notes = {(zone, note) for zone, _, words in lanes if zone in vpc.zones for note in words.split(", ")}
        assert notes == {(subnet.zone, WORDS[subnet.public]) for subnet in vpc.subnets if subnet.zone}


def balancers_agree(found: View, scene: Scene) -> None:
    """Check the kind and the scheme of each load balancer, and that requests from outside reach it."""
    for balancer in found.balancers:
        (box,) = (box for box in scene.boxes if box.title.startswith(f"Load balancer {balancer.name}. "))
        kind, _, scheme = box.title.split(". ")[1].partition(" load balancer")
        assert kind.lower() == balancer.kind
        assert scheme == {True: ", internal", False: "", UNKNOWN: ", scheme unknown"}[balancer.internal]
        ends = [line.points[-1] for line in scene.lines if line.kind == "traffic"]
        assert ((box.x, box.middle) in ends) is (balancer.internal is not True)


def capacity_agrees(found: View, scene: Scene, text: str) -> None:
    """Check the kinds, numbers, types and Spot of the capacity of each cluster."""
    for cluster in found.clusters:
        (box,) = (box for box in scene.boxes if box.title.startswith(f"Cluster {cluster.name}. "))
        words = box.title.partition(". ")[2].split(" · ")
        assert len(words) == max(len(cluster.providers), 1)
        for provider, said in zip(cluster.providers, words, strict=False):
            assert said.partition(" (")[0] == provider.kind
            assert said in text or provider.name in FARGATE
            assert ("all Spot" in said) is (provider.only_spot and provider.name not in FARGATE)
            if group := provider.group:
                assert ("Bottlerocket" in said) is group.on_bottlerocket
                assert (f"{str(group.warm_state).lower()} warm pool" in said) is bool(group.warm_state)
                number = re.search(r"\((\d+)(?: to (\d+))? ([^,)]+)", said)
                assert number is not None
                assert (int(number[1]), int(number[2] or number[1])) == (group.minimum, group.maximum)
                assert number[3].split(" or ") == list(group.types if group.types is not UNKNOWN else ())
                spot = re.search(r", (?:(\d+)%|all) Spot(?: above (\d+) On-Demand)?", said)
                assert (100 - int(spot[1] or 100) if spot else 100) == group.on_demand_percent
                assert spot is None or int(spot[2] or 0) == group.on_demand_base


def shares_agree(found: View, scene: Scene) -> None:
    """Check the base and the weight of each capacity provider of a strategy."""
    for service in found.services:
        shares = service.capacity.shares
        if shares is UNKNOWN or len(shares) < 2:
            continue
        (box,) = (box for box in scene.boxes if box.urn == service.urn)
        said = re.findall(r"\((?:first (\d+))?(?:, )?(?:(the rest)|(\d+) of (\d+)|none)?\)", box.title)
        total = sum(share.weight for share in shares if share.weight is not UNKNOWN)
        expected = [
            (share.base, 1 if share.weight == total else (share.weight or 0) / (total or 1))
            for share in shares
            if isinstance(share.weight, int)
        ]
        parts = [
            (int(first or 0), 1 if rest else int(part or 0) / int(of or 1)) for first, rest, part, of in said
        ]
        assert parts[: len(shares)] == expected


def sizes_agree(found: View, scene: Scene, text: str) -> None:
    """Check the size of the tasks of services and jobs, and when jobs run."""
    titles = {box.urn: box.title for box in scene.boxes}
    for each in (*found.services, *found.jobs):
        task = each.task
        if task is UNKNOWN or not isinstance(task.cpu, int) or not isinstance(task.memory, int):
            continue
        line = re.search(rf"(?m)^ *(?:Runs +)?{each.name}: .*", text)
        for words in (titles[each.urn], line[0] if line else ""):
            size = re.search(r"([\d.]+) vCPU, ([\d.]+) (GB|MiB), (\w+)", words)
            assert size is not None
            assert float(size[1]) * 1024 == task.cpu
            assert float(size[2]) * (1024 if size[3] == "GB" else 1) == task.memory
            assert size[4] == task.arch
    for job in found.jobs:
        when = f"before each deployment of {job.before}" if job.before else job.schedule or "on demand"
        assert titles[job.urn].endswith(f". {when}")
        assert re.search(rf"(?m){job.name}: a job.*, {re.escape(str(when))} *$", text)


def counts_agree(found: View, scene: Scene) -> None:
    """Check the counts in the description of the picture."""
    counted = {"service": found.services, "cluster": found.clusters, "load balancer": found.balancers}
    for noun, members in (*counted.items(), ("job", found.jobs)):
        number = re.search(rf"(\d+) {noun}s?\b", scene.description.partition(". ")[0])
        assert (int(number[1]) if number else 0) == len(members)


def zones_agree(found: View, scene: Scene) -> None:
    """Check that tasks are drawn in the zones of their subnets, if these are known."""
    lanes = [box for box in scene.boxes if box.kind == "lane"]
    for service in found.services:
        (box,) = (box for box in scene.boxes if box.urn == service.urn)
        zones = {found.subnets[key].zone for key in service.network.subnets}
        drawn = {
            lane.title.partition(": ")[0]
            for lane in lanes
            for square in box.squares
            if lane.x <= square.x <= lane.right and lane.y <= square.y <= lane.bottom
        }
        assert "" in zones or not zones or drawn <= zones


def page_agrees(plan: Plan, scene: Scene) -> None:
    """Check the facts of the page: counts of services, jobs and entry points, tasks, and capacity."""
    found, page = plan.view, unescape(html(plan))
    facts = dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", page))
    counts = {noun: int(number) for number, noun in re.findall(r"(\d+) (service|job)", facts["Runs"])}
    assert counts["service"] == len(found.services)
    assert counts.get("job", 0) == len(found.jobs)
    for service in found.services[:5]:
        (box,) = (box for box in scene.boxes if box.urn == service.urn)
        assert f"<dd>{service.name}: {box.title.split('. ')[1].partition(' · ')[0]}</dd>" in page
    ways = sum(len(service.routes) + len(service.open_ports) for service in found.services)
    assert facts["Entry points"] == str(ways or "none")
    for cluster in (box for box in scene.boxes if box.title.startswith("Cluster ")):
        capacity = cluster.title.partition(". ")[2]
        assert capacity == "no capacity of its own" or f"<dd>{capacity.replace(' · ', ', ')}</dd>" in page


def preflight_agrees(found: View) -> dict[str, set[str]]:
    """Findings are for what the other readers show, and there is one wherever they show a reason.

    The images of all containers are on the internet. Return the rules of each service's findings.
    """
    findings = check(found)
    rules = {
        each.resource.urn: {
            finding.rule.removeprefix("preflight/")
            for finding in findings
            if finding.resource == each.resource.urn
        }
        for each in (*found.services, *found.runs)
    }
    for each in (*found.services, *found.runs):
        here, kind, network = rules[each.resource.urn], each.capacity.kind, each.network
        # Nothing is known of existing subnets that only jobs are in.
        subnets = [found.subnets[key] for key in network.subnets if key in found.subnets]
        ways = {subnet.way_out for subnet in subnets}
        fargate = kind is ComputeKind.FARGATE and network.address is not UNKNOWN
        cut_off = fargate and WayOut.NONE in ways
        without_address = fargate and WayOut.INTERNET in ways and network.address is False
        assert ("private-without-egress" in here) is cut_off
        assert ("public-without-address" in here) is without_address
        if cut_off or without_address:
            assert {subnet.public for subnet in subnets} == {without_address}
    for service in found.services:
        here, network = rules[service.urn], service.network
        on_instances = service.capacity.kind is ComputeKind.EC2 and network.own
        to_internet = any(found.subnets[key].way_out is WayOut.INTERNET for key in network.subnets)
        assert ("awsvpc-without-internet" in here) is (on_instances and to_internet)
        assert ("public-ip-on-instances" in here) is (on_instances and network.asks_address is True)
        assert "target-group-unreached" not in here
    return {service.name: rules[service.urn] for service in found.services}


def local_run_agrees(found: View) -> None:
    """Names are the same, and one process or container runs for each of the tasks that there are at first,
    behind the listeners that forward to it."""
    stack = translate(found, Path(), {})
    forwarded = _forwarded(stack)
    services = {each.name: each for each in found.services}
    jobs = {each.name: each for each in found.jobs}
    assert {spec.app for spec in stack.services} == services.keys()
    for spec in stack.services:
        service = services[spec.app]
        if service.daemon:
            # On this machine a zone stands for an instance.
            assert spec.desired_count == len(spec.zones)
        else:
            assert spec.desired_count == service.initial
            bounds = _span(service.minimum, service.maximum)
            assert bounds is None or bounds[0] <= spec.desired_count <= bounds[1]
        _runs_on(spec, service.capacity)
        used = {use.target_group_arn for use in spec.target_groups}
        assert used.isdisjoint(forwarded) is not bool(service.routes)
    for job in stack.jobs:
        _runs_on(job.task, jobs[job.task.app].capacity)


def _runs_on(spec: ServiceSpec, capacity: Capacity) -> None:
    if capacity.kind is not None:
        assert (spec.launch_type == "FARGATE") is (capacity.kind is ComputeKind.FARGATE)


def _forwarded(stack: LocalStack) -> set[str]:
    """Return the target groups that get requests from some listener."""
    actions = [
        action
        for listener in stack.listeners
        for some in (listener.default_actions, *(rule.actions for rule in listener.rules))
        for action in some
        if action["type"] == "forward"
    ]
    return {
        group["arn"]
        for action in actions
        for group in action.get("forward", {}).get("targetGroups") or [{"arn": action["targetGroupArn"]}]
        if group.get("weight") != 0
    }


def knows_less(known: Service, previewed: Service) -> None:
    """Check that a preview says the same of a service, or that it does not know."""
    for one, other in (
        (known.minimum, previewed.minimum),
        (known.maximum, previewed.maximum),
        (known.capacity.kind, previewed.capacity.kind),
        (known.public, previewed.public),
        (known.open_ports, previewed.open_ports),
    ):
        assert other in (one, UNKNOWN, None)


@given(program=programs)
@generated
def test_all_readers_agree_on_plain_resources(program: Program) -> None:
    up, preview = (view(evaluate(program, preview=preview)) for preview in (False, True))
    said, before = readers_agree(up), readers_agree(preview)
    assert said.keys() == before.keys()
    for name, service in said.items():
        knows_less(service, before[name])
    for found in (up, preview):
        outside = "count-outside-autoscaling" in preflight_agrees(found)["web"]
        assert outside is program.starts_outside
    local_run_agrees(up)


def made_network() -> dict[str, Any]:
    """Make a network whose private subnets have no route out, though the program says so, and its NAT
    gateways are unused."""
    vpc = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16")
    gateway = aws.ec2.InternetGateway("net", vpc_id=vpc.id)
    route: Any = {"cidr_block": ANYWHERE, "gateway_id": gateway.id}
    subnets: dict[str, list[pulumi.Output[str]]] = {"public": [], "private": []}
    for number, kind in enumerate(("public", "public", "private", "private")):
        name = f"{kind}-{number}"
        place: Any = {
            "cidr_block": f"10.0.{number}.0/24",
            "availability_zone": f"us-east-1{'ab'[number % 2]}",
        }
        subnet = aws.ec2.Subnet(name, vpc_id=vpc.id, **place)
        routes = [route] if kind == "public" else None
        table = aws.ec2.RouteTable(name, vpc_id=vpc.id, routes=routes)
        aws.ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=table.id)
        subnets[kind].append(subnet.id)
    public, private = subnets.values()
    for number, subnet_id in enumerate(public):
        aws.ec2.NatGateway(f"nat-{number}", subnet_id=subnet_id, connectivity_type="private")
    ids = {"vpc_id": vpc.id, "public_subnet_ids": public, "private_subnet_ids": private}
    return {**ids, "private_egress": True}


ROUTED = ({}, {"rules": [{"host": "a.example.com"}]}, {"rules": [{"path": "/api/*"}]})
"""Settings of an app behind a load balancer."""
AN_APP = ("autoscaling", "count", "daemon", "host_port", "network_mode", "placement", "port", "subnets")


INSTANCES: list[dict[str, Any]] = [
    {"os": "bottlerocket", "warm_pool": {"state": "running"}},
    {"purchase": "spot", "on_demand_base": 1, "on_demand_percentage": 25},
    {"purchase": "spot"},
]


@given(
    capacity=st.sampled_from(["fargate", "fargate_spot", "ec2", "managed_instances"]),
    instances=st.sampled_from(INSTANCES),
    args=arguments.some({key: arguments.of_app[key] for key in AN_APP}),
    made=st.booleans(),
    balanced=st.none() | st.sampled_from(ROUTED) | arguments.some({"rules": arguments.rules}),
    deployment=st.just({}) | arguments.deployments,
    internal=st.booleans(),
    job=st.sampled_from([{}, {"schedule": "rate(1 day)"}]),
)
@generated
def test_all_readers_agree_on_components(
    capacity: str,
    instances: Any,
    args: Any,
    made: bool,
    balanced: Any,
    deployment: Any,
    internal: bool,
    job: Any,
) -> None:
    def program() -> None:
        network: Any = made_network() if made else PRIVATE
        runs_on: Any = {"capacity": capacity, "network": network}
        runs_on |= {"ec2": {"min_size": 2, "max_size": 5, **instances}} if capacity == "ec2" else {}
        cluster = moorage.EcsCluster("main", runs_on)
        given: Any = {"cluster": cluster.ref, "network": network, "image": "nginx:1", **args}
        if balanced is not None:
            reach = {"cluster": cluster.ref} if capacity == "ec2" else {}
            front: Any = {"network": network, "internal": internal, **reach}
            balancer = moorage.LoadBalancer("alb", front)
            given |= {"load_balancer": balancer.ref, **balanced, **deployment}
        moorage.ContainerApp("web", given)
        task: Any = {"cluster": cluster.ref, "network": network, "image": "nginx:1", **job}
        moorage.Job("nightly", task)

    for preview in (False, True):
        try:
            found = view(evaluate(program, preview=preview))
        except EvaluationError as error:
            if isinstance(error.__cause__, ArgumentsError):
                return
            raise
        readers_agree(found)
        preflight_agrees(found)
        if not preview:
            local_run_agrees(found)


@given(
    capacity=st.sampled_from(["fargate", "fargate_spot"]),
    replicas=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    public=st.booleans(),
    two_files=st.booleans(),
)
@settings(generated, max_examples=EXAMPLES or 6)
def test_all_readers_agree_on_compose_files(
    tmp_path_factory: pytest.TempPathFactory,
    capacity: str,
    replicas: tuple[int, int],
    public: bool,
    two_files: bool,
) -> None:
    folder = tmp_path_factory.mktemp("compose")
    web, worker = replicas
    (folder / "compose.yml").write_text(
        "services:\n"
        f"  web: {{image: 'nginx:1', ports: ['80'], deploy: {{replicas: {web}}}}}\n"
        f"  worker: {{image: 'busybox:1', deploy: {{replicas: {worker}}}}}\n"
    )
    files = ("f", "g") if two_files else ("f",)

    def program() -> None:
        runs_on: Any = {"capacity": capacity}
        cluster = moorage.EcsCluster("main", runs_on)
        for name in files:
            given: Any = {"cluster": cluster.ref, "network": PUBLIC, "folder": str(folder), "public": public}
            moorage.ComposeApp(name, given)

    for preview in (False, True):
        found = view(evaluate(program, preview=preview))
        # Users type the names of the file, where these are of one service each.
        names = {f"{file}-{name}" if two_files else name for file in files for name in ("web", "worker")}
        assert readers_agree(found).keys() == names
        assert preflight_agrees(found).keys() == names
        if not preview:
            local_run_agrees(found)
