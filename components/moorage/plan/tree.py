"""The resources of a stack as a tree of its components."""

from collections import Counter
from collections.abc import Iterator

from rich.text import Text
from rich.tree import Tree

from moorage.model.arguments import mapping
from moorage.model.overrides import short_names
from moorage.offline import Resource, ResourceGraph
from moorage.offline.twins import standard

from .text import counted, short_type

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
"""Types that only join or complete another resource; without children they are only counted."""


def made(graph: ResourceGraph) -> list[Resource]:
    """Return the resources to create, without components, providers and existing resources."""
    return [
        item for item in graph if item.custom and not item.type.startswith("pulumi:") and not item.external
    ]


def trees(graph: ResourceGraph) -> list[Tree]:
    """Return the trees of components and their resources."""
    return [_node(graph, resource) for resource in _ordered(graph, None)]


def _node(graph: ResourceGraph, resource: Resource) -> Tree:
    node = Tree(_label(resource, overridden(graph, resource)), guide_style="dim")
    children = _ordered(graph, resource)
    node.children += [_node(graph, item) for item in children if not _folds(graph, item)]
    folded = Counter(
        _FOLDED[standard(part.type)] for item in children if _folds(graph, item) for part in _all(graph, item)
    )
    if folded:
        parts = (counted(count, what, _plural(what)) for what, count in sorted(folded.items()))
        node.add(Text(f"and {', '.join(parts)}"))
    return node


def overridden(graph: ResourceGraph, resource: Resource) -> list[str]:
    """Return the inputs of a resource that `overrides` of its component change."""
    component = graph.by_urn(resource.parent) if resource.parent else None
    changed: set[str] = set()
    while component is not None:
        kind, of = component.type.rpartition(":")[2], mapping(component.inputs.get("overrides"))
        for short in short_names(kind, component.name, resource.type, resource.name) if of else ():
            changed |= {*of.get(short, {})}
        image = kind == "ContainerImage" and component.parent
        component = graph.by_urn(image) if image else None
    return sorted(changed)


def _folds(graph: ResourceGraph, resource: Resource) -> bool:
    return all(standard(part.type) in _FOLDED for part in _all(graph, resource))


def _all(graph: ResourceGraph, resource: Resource) -> Iterator[Resource]:
    yield resource
    for child in graph.children(resource):
        yield from _all(graph, child)


def _ordered(graph: ResourceGraph, parent: Resource | None) -> list[Resource]:
    return sorted(graph.children(parent), key=lambda item: item.type.startswith("pulumi:providers:"))


def _label(resource: Resource, changed: list[str]) -> Text:
    notes = [
        short_type(resource.type),
        *(["protected"] if resource.options.get("protect") else []),
        *([f"overridden: {', '.join(changed)}"] if changed else []),
        *(["exists already"] if resource.external else []),
    ]
    return Text.assemble((resource.name, "" if resource.custom else "bold"), ("  " + ", ".join(notes), "dim"))


def _plural(what: str) -> str:
    return what[:-1] + "ies" if what.endswith("y") else f"{what}s"
