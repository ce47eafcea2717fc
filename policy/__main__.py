"""The policy pack: the rules of `moorage plan`, for `pulumi preview --policy-pack policy`."""

import sys

from moorage.errors import MoorageError, require_extra

if __name__ == "__main__":
    try:
        require_extra("policy", "The policy pack")
    except MoorageError as error:
        sys.exit(f"{error}: {error.hint}")
    from pulumi_policy import PolicyPack

    from moorage.plan.policy_pack import policies

    PolicyPack(name="moorage", policies=policies())
