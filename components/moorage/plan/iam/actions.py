"""The table of the AWS actions that deploying each type of resource needs.

Sources: the create, read, update and delete functions of a resource in Terraform's AWS provider, which
pulumi-aws is built from (github.com/hashicorp/terraform-provider-aws, internal/service/SERVICE); resource
types and condition keys of the actions: Service Authorization Reference. To add a type, read both.
"""

from typing import Final

from .access import ACCESS
from .containers import CONTAINERS
from .data import DATA
from .network import NETWORK
from .permit import permits

ACTIONS: Final = {
    type_: permits(grants) for type_, grants in {**CONTAINERS, **NETWORK, **DATA, **ACCESS}.items()
}
"""The permits by type."""

WITHOUT_AWS: Final = frozenset({"command", "local", "null", "random", "std", "synced-folder", "time", "tls"})
"""Packages whose resources need no permissions on AWS."""
