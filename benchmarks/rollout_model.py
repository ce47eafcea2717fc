"""The modelled time of a rolling deployment, from what the program emits with each preset.

    .venv/bin/python benchmarks/rollout_model.py

A new task is launched and its app starts; its target is healthy after one passing check, half an interval
later on average (Elastic Load Balancing, "Health checks for your target groups": a new target needs one);
then the old target drains for the whole deregistration delay, and its task stops. The times of launch and
start are taken, not measured: 45 s on Fargate, 8 s on an instance that has the image, 5 s for the app. An app
that ends when it is asked to takes 1 s; one that does not is killed at the stop timeout, the last column.

Number to hold (docs/performance.md): at most 90 s on Fargate and 35 s on EC2 in the preset dev, for an app
that ends when asked to. Exit code 1 when it is not held. The preset prod checks less often and drains longer,
and is printed for comparison. The peers are modelled with their defaults: interval 30 s, stop timeout
30 s, deregistration delay 300 s (awsx, CDK, Terraform module) or 60 s (Copilot).
"""

import json
import sys
from dataclasses import dataclass
from typing import Any

from measure import REPOSITORY, table, verdict

from moorage.offline import ResourceGraph, evaluate

LAUNCH = {"Fargate": 45, "EC2": 8}
START = 5
END = 1
LIMITS = {"Fargate": 90, "EC2": 35}


@dataclass(frozen=True, slots=True)
class Rollout:
    """The inputs that decide the time of a deployment, in seconds."""

    launch: str
    interval: float
    deregistration: float
    stop_timeout: float

    def seconds(self, end: float) -> float:
        """Return the mean duration when the old task ends after `end` seconds."""
        passing = self.interval / 2
        return LAUNCH[self.launch] + START + passing + self.deregistration + min(end, self.stop_timeout)


def emitted(graph: ResourceGraph) -> Rollout:
    """Return what a program of one app emits."""
    group = graph.one("aws:lb/targetGroup:TargetGroup").inputs
    task = graph.one("aws:ecs/taskDefinition:TaskDefinition").inputs
    containers: list[dict[str, Any]] = json.loads(task["containerDefinitions"])
    return Rollout(
        launch="Fargate" if "FARGATE" in task["requiresCompatibilities"] else "EC2",
        interval=group["healthCheck"]["interval"],
        deregistration=group["deregistrationDelay"],
        stop_timeout=max(container["stopTimeout"] for container in containers),
    )


def main() -> int:
    ours = {
        f"this repository, {preset}, {capacity}": emitted(
            evaluate(REPOSITORY, stack="dev", config={"preset": preset, "capacity": capacity})
        )
        for preset in ("dev", "prod")
        for capacity in ("fargate", "ec2")
    }
    found = {
        **ours,
        "awsx, CDK, Terraform module": Rollout("Fargate", 30, 300, 30),
        "Copilot": Rollout("Fargate", 30, 60, 30),
    }
    rows = [
        (
            name,
            rollout.launch,
            f"{rollout.interval:g}",
            f"{rollout.deregistration:g}",
            f"{rollout.seconds(END):.0f}",
            f"{rollout.seconds(rollout.stop_timeout):.0f}",
        )
        for name, rollout in found.items()
    ]
    table(("seconds", "launch", "interval", "drain", "rollout", "if killed"), rows)
    return verdict(
        {
            f"dev on {rollout.launch}: at most {LIMITS[rollout.launch]} s": rollout.seconds(END)
            <= LIMITS[rollout.launch]
            for name, rollout in ours.items()
            if ", dev, " in name
        }
    )


if __name__ == "__main__":
    sys.exit(main())
