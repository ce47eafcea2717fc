"""The policy pack: the rules of `moorage plan`, for `pulumi preview --policy-pack policy`."""

from moorage.plan.policy.pack import policies
from pulumi_policy import PolicyPack

if __name__ == "__main__":
    PolicyPack(name="moorage", policies=policies())
