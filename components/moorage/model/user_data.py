"""The start-up script of a cluster's instances."""

_SCRIPT = """\
#!/bin/bash
cat >> /etc/ecs/ecs.config <<'CONFIG'
ECS_CLUSTER={cluster}
ECS_ENABLE_SPOT_INSTANCE_DRAINING=true
ECS_AWSVPC_BLOCK_IMDS=true
CONFIG
"""


def user_data(cluster: str) -> str:
    """Return the script that registers an ECS-optimized instance in the cluster of that name.

    The agent drains the instance at a Spot interruption notice, and denies the instance's credentials to
    awsvpc tasks ("Amazon ECS container agent configuration"); the metadata service's hop limit of 1 denies
    them to bridge tasks.
    """
    return _SCRIPT.format(cluster=cluster)
