"""The resources of a stack as a tree of its components."""

from collections import Counter
from collections.abc import Iterator

from moorage.offline import Resource, ResourceGraph
from moorage.offline.twins import standard

from .text import Style, counted, short_type

_FOLDED = {
    "aws:ec2/route:Route": "route",
    "aws:ec2/routeTable:RouteTable": "route table",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "route table association",
    "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation": "route table association",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "security group rule",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "security group rule",
    "aws:ec2/securityGroupRule:SecurityGroupRule": "security group rule",
    "aws:iam/rolePolicy:RolePolicy": "role policy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "role policy",
    "aws:iam/instanceProfile:InstanceProfile": "instance profile",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": "lifecycle policy",
    "aws:s3/bucketPolicy:BucketPolicy": "bucket policy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "public access block",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "bucket lifecycle",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "bucket setting",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": "bucket "
    "setting",
    "aws:s3/bucketVersioning:BucketVersioning": "bucket setting",
    "aws:acm/certificateValidation:CertificateValidation": "certificate validation",
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": "capacity association",
    "aws:lb/listenerRule:ListenerRule": "listener rule",
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": "target group attachment",
    "aws:secretsmanager/secretVersion:SecretVersion": "secret version",
    "aws:appautoscaling/policy:Policy": "scaling policy",
}
"""What only joins or completes another resource, in words: it is counted, unless more belongs to it."""


def made(graph: ResourceGraph) -> list[Resource]:
    """Return what is created: no components, providers, or resources that exist already."""
    return [
        item
        for item in graph
        if item.custom and not item.type.startswith("pulumi:") and not item.options.get("read")
    ]


def tree(graph: ResourceGraph, style: Style) -> list[str]:
    """Return the lines of the tree: components with what they make, small parts as a count."""
    lines: list[str] = []
    for resource in _ordered(graph, None):
        lines.append(_line(resource, style))
        lines += _below(graph, resource, style, "")
    return lines


def _below(graph: ResourceGraph, parent: Resource, style: Style, indent: str) -> Iterator[str]:
    children = _ordered(graph, parent)
    folded = Counter(
        _FOLDED[standard(part.type)] for item in children if _folds(graph, item) for part in _all(graph, item)
    )
    shown = [item for item in children if not _folds(graph, item)]
    branch, last, pipe = ("├─ ", "└─ ", "│  ") if style.unicode else ("|- ", "`- ", "|  ")
    for index, item in enumerate(shown):
        end = index == len(shown) - 1 and not folded
        yield f"{indent}{last if end else branch}{_line(item, style)}"
        yield from _below(graph, item, style, indent + ("   " if end else pipe))
    if folded:
        text = ", ".join(counted(count, what, _plural(what)) for what, count in sorted(folded.items()))
        hanging = len(indent) + len(last)
        head, *rest = style.wrapped(f"and {text}", hanging, f"{indent}{last}")
        yield head
        yield from rest


def _folds(graph: ResourceGraph, resource: Resource) -> bool:
    return all(standard(part.type) in _FOLDED for part in _all(graph, resource))


def _all(graph: ResourceGraph, resource: Resource) -> Iterator[Resource]:
    yield resource
    for child in graph.children(resource):
        yield from _all(graph, child)


def _ordered(graph: ResourceGraph, parent: Resource | None) -> list[Resource]:
    return sorted(graph.children(parent), key=lambda item: item.type.startswith("pulumi:providers:"))


def _line(resource: Resource, style: Style) -> str:
    name = resource.name if resource.custom else style.paint(resource.name, "bold")
    notes = [
        short_type(resource.type),
        *(["protected"] if resource.options.get("protect") else []),
        *(["exists already"] if resource.options.get("read") else []),
    ]
    return f"{name}  {style.paint(', '.join(notes), 'dim')}"


def _plural(what: str) -> str:
    return what[:-1] + "ies" if what.endswith("y") else f"{what}s"
