"""Running a program under Pulumi's own mocks, as the guide "Unit testing Pulumi programs" shows it."""

from collections.abc import Callable
from typing import Any

import pulumi


class Recorder(pulumi.runtime.Mocks):
    """Mocks that answer with what a provider would compute, and keep each resource's inputs."""

    def __init__(self) -> None:
        """Start with nothing recorded."""
        self.inputs: dict[tuple[str, str], dict[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Keep the inputs, and answer for a provider's resource with an id, a name and an ARN."""
        if (args.typ, args.name) in self.inputs:
            raise ValueError(f"{args.typ} {args.name} is registered twice")
        self.inputs[args.typ, args.name] = args.inputs
        if not args.custom:
            return "", {}
        service, kind = args.typ.split(":")[1].split("/")
        outputs = {
            "name": args.name,
            "arn": f"arn:aws:{service}:us-east-1:123456789012:{kind}/{args.name}",
            "arnSuffix": f"{kind}/{args.name}",
            "dnsName": f"{args.name}.us-east-1.elb.amazonaws.com",
            "region": "us-east-1",
        }
        return f"{args.name}-id", outputs | args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        """Answer for the default VPC and its subnets."""
        return {"id": "vpc-0123456789abcdef0", "ids": ["subnet-0", "subnet-1", "subnet-2"]}


def under_mocks(program: Callable[[], Any]) -> Recorder:
    """Run a program and return what it registered."""
    recorder = Recorder()
    pulumi.runtime.set_mocks(recorder, project="project", stack="dev")
    pulumi.runtime.test(program)()
    return recorder
