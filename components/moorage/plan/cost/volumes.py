"""EBS volumes of instances and of tasks."""

from moorage.model.choices import EbsType
from moorage.offline import UNKNOWN, Resource
from moorage.offline.values import Json, number

from .bill import Bill, Counts

FREE_IOPS, FREE_THROUGHPUT = 3000, 125
"""The IOPS and MiB/s of a gp3 volume without charge (Amazon EBS pricing)."""
FIRST_TIER = 32000
"""The IOPS of an io2 volume at the price in the table; further ones cost less."""


def volumes(bill: Bill, resource: Resource, ebs: Json, of: str, counts: Counts) -> None:
    """Add the size of volumes, and their IOPS and throughput where these are charged.

    Args:
        bill: the bill.
        resource: the Auto Scaling group or service that they belong to.
        ebs: the settings of one volume, of a launch template or of an ECS service.
        of: the instances or tasks, one volume each, such as `2 tasks`.
        counts: their minimum and maximum number.
    """
    # The default of CreateVolume (Amazon EC2 API Reference).
    kind = ebs.get("volumeType") or EbsType.GP2
    size, iops = number(ebs.get("volumeSize", ebs.get("sizeInGb"))), number(ebs.get("iops")) or 0
    for setting in ("iops", "throughput"):
        if ebs.get(setting) is UNKNOWN:
            bill.not_priced(resource, f"volumes of {of}: their {setting} is unknown")
    charged: list[tuple[int, str, str]] = []
    if kind not in bill.prices_for(resource).units:
        bill.not_priced(resource, f"volumes of type {kind} of {of}: not in the price table")
    elif size is None:
        bill.not_priced(resource, f"volumes of {of}: their size is unknown")
    else:
        title = "" if kind == EbsType.GP3 else f"{kind} "
        charged.append((size, f"{size} GB {title}volumes of {of}", kind))
    if kind == EbsType.GP3:
        more, through = iops - FREE_IOPS, (number(ebs.get("throughput")) or 0) - FREE_THROUGHPUT
        charged.append((max(more, 0), f"{more} additional IOPS of the volumes of {of}", "gp3_iops"))
        what = f"{through} MiB/s additional throughput of the volumes of {of}"
        charged.append((max(through, 0), what, "gp3_throughput"))
    elif kind in (EbsType.IO1, EbsType.IO2):
        if kind == EbsType.IO2 and iops > FIRST_TIER:
            bill.not_priced(resource, f"io2 volumes of {of}: IOPS beyond {FIRST_TIER} are not in the table")
        units = min(iops, FIRST_TIER) if kind == EbsType.IO2 else iops
        charged.append((units, f"{units} IOPS of the volumes of {of}", f"{kind}_iops"))
    for units, what, charge in charged:
        if units:
            bill.charge(resource, what, charge, units, counts)
