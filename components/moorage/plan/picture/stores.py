"""The data column: stores with their users, grouped if there are many."""

from dataclasses import dataclass, replace

from moorage.graph import DataKind, Permission, RoleKind, View
from moorage.plan import wording
from moorage.plan.text import counted

_MOST = 16
"""Above this number, stores of one kind with the same users and access share a box."""


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """A permission of a service or job on a store."""

    user: str
    """The URN of the service or job."""
    kind: str
    """`task`, `execution` or `warn`."""
    label: str


@dataclass(frozen=True, slots=True)
class Store:
    """A box of the data column."""

    name: str
    detail: str
    icon: str
    urn: str
    uses: tuple[Use, ...]
    warn: bool = False
    all_names: str = ""
    """The names of all stores, if it stands for several."""


def stores(view: View) -> list[Store]:
    """Return the stack's data, and the targets of wildcard permissions."""
    by_resource: dict[str, list[Permission]] = {}
    beyond: dict[str, list[Permission]] = {}
    for permission in view.permissions:
        if permission.resource:
            by_resource.setdefault(permission.resource.urn, []).append(permission)
        elif permission.wildcard and permission.users:
            beyond.setdefault(permission.target, []).append(permission)
    result = [
        Store(
            name=item.name,
            detail=", ".join(filter(None, [item.kind, wording.detail(item)])),
            icon=item.kind,
            urn=item.urn,
            uses=_uses(by_resource.get(item.urn, []), item.kind),
        )
        for item in view.data
    ]
    result = _folded(result) if len(result) > _MOST else result
    return result + [
        Store(target, "wider than one resource", "everything", "", _uses(permissions, None), warn=True)
        for target, permissions in beyond.items()
    ]


def _uses(permissions: list[Permission], kind: DataKind | None) -> tuple[Use, ...]:
    uses: set[Use] = set()
    for permission in permissions:
        for user in permission.users:
            label = wording.access(permission, kind)
            if permission.wildcard:
                uses.add(Use(user, "warn", f"any {label}" if permission.resource else label))
            elif permission.kind is RoleKind.EXECUTION:
                uses.add(Use(user, "execution", f"{label} at start"))
            else:
                uses.add(Use(user, "task", label))
    return tuple(sorted(uses))


def _folded(unfolded: list[Store]) -> list[Store]:
    groups: dict[tuple[str, tuple[Use, ...]], list[Store]] = {}
    for store in unfolded:
        groups.setdefault((store.icon, store.uses), []).append(store)
    result: list[Store] = []
    for (kind, _), members in groups.items():
        names = ", ".join(member.name for member in members)
        many = counted(len(members), kind)
        first = members[0]
        result.append(
            first if len(members) == 1 else replace(first, name=many, detail=names, urn="", all_names=names)
        )
    if len(result) > _MOST + 8:
        rest = result[_MOST + 7 :]
        names = ", ".join(store.all_names or store.name for store in rest)
        result = [*result[: _MOST + 7], Store(f"{len(rest)} more", names, "bucket", "", (), all_names=names)]
    return result
