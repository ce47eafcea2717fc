"""What scales the services of a graph (Application Auto Scaling)."""

from moorage.offline import Resource
from moorage.offline.values import text

from .links import Links
from .types import SERVICE


def by_service(links: Links, *types: str) -> dict[str, list[Resource]]:
    """Return the scalable targets, or what else has a resource id, by the URN of the service they are for.

    What a resource id is made from tells the service; that of a plain text is `service/<cluster>/<service>`
    ("RegisterScalableTarget", Application Auto Scaling API Reference).
    """
    named: dict[str, Resource] = {}
    for service in links.graph.of_type(SERVICE):
        arn = text(service.outputs.get("arn")) or ""
        named["/".join(arn.rsplit("/", 2)[1:])] = service
        # The name alone has to do where a cluster is given in other words, or not known yet.
        named.setdefault(text(service.outputs.get("name")) or "", service)
    named.pop("", None)
    found: dict[str, list[Resource]] = {}
    for resource in (each for type_ in types for each in links.graph.of_type(type_)):
        path = (text(resource.inputs.get("resourceId")) or "").partition("service/")[2]
        made_from = links.one(resource, "resourceId", SERVICE)
        service = made_from or named.get(path) or named.get(path.rpartition("/")[2])
        if service is not None:
            found.setdefault(service.urn, []).append(resource)
    return found
