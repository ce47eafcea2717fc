"""The start-up script of an instance that serves a cluster."""

_SCRIPT = """\
#!/bin/bash
cat >> /etc/ecs/ecs.config <<'CONFIG'
ECS_CLUSTER={cluster}
ECS_ENABLE_SPOT_INSTANCE_DRAINING=true
ECS_AWSVPC_BLOCK_IMDS=true
CONFIG
"""


def user_data(cluster: str) -> str:
    """Return the script that makes an ECS-optimized instance join the cluster of that name.

    The agent drains the instance at a Spot interruption notice instead of losing its tasks, and keeps the
    instance's credentials from awsvpc tasks ("Amazon ECS container agent configuration"); bridge tasks are
    kept from them by the metadata service's hop limit of 1.
    """
    return _SCRIPT.format(cluster=cluster)
