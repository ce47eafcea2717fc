"""The policy pack: the rules of `moorage plan`, for `pulumi preview --policy-pack policy`."""

from pulumi_policy import PolicyPack

from moorage.plan.policy_pack import policies

if __name__ == "__main__":
    PolicyPack(name="moorage", policies=policies())
