"""User data of instances, which registers them in their cluster."""

import json
from typing import NamedTuple

from .choices import OperatingSystem
from .problems import Problems


class UserData(NamedTuple):
    """The user data of a group's instances.

    The agent drains the instance at a Spot interruption notice, and denies the instance's credentials to
    awsvpc tasks ("Amazon ECS container agent configuration"); the metadata service's hop limit of 1 denies
    them to bridge tasks. In a warm pool it joins the cluster only when the instance is in service
    ("Configuring pre-initialized instances for your Amazon ECS Auto Scaling group").
    """

    os: OperatingSystem
    warm_pool: bool

    def text(self, cluster: str, further: str = "", log_group: str = "") -> str:
        """Return the user data for the cluster of that name, and its further lines.

        With a log group, instances of Amazon Linux send the agent's logs there.
        """
        if self.os is OperatingSystem.BOTTLEROCKET:
            return self._settings(cluster) + further
        return self._script(cluster) + (_agent_logs(log_group) if log_group else "") + further

    def _script(self, cluster: str) -> str:
        lines = ["ECS_ENABLE_SPOT_INSTANCE_DRAINING=true", "ECS_AWSVPC_BLOCK_IMDS=true"]
        lines += ["ECS_WARM_POOLS_CHECK=true"] if self.warm_pool else []
        config = "\n".join([f"ECS_CLUSTER={cluster}", *lines])
        return f"#!/bin/bash\ncat >> /etc/ecs/ecs.config <<'CONFIG'\n{config}\nCONFIG\n"

    def _settings(self, cluster: str) -> str:
        """Return Bottlerocket's settings (bottlerocket.dev, "settings.ecs" and "settings.autoscaling"); those
        of ECS come last, so that further lines can add to them."""
        waiting = "[settings.autoscaling]\nshould-wait = true\n\n" if self.warm_pool else ""
        return (
            f'{waiting}[settings.ecs]\ncluster = "{cluster}"\nenable-spot-instance-draining = true\n'
            "awsvpc-block-imds = true\n"
        )


def check_settings(user_data: UserData, further: object, problems: Problems) -> None:
    """Check that Bottlerocket can read the further lines after the cluster's own."""
    if user_data.os is not OperatingSystem.BOTTLEROCKET or not isinstance(further, str):
        return
    import tomllib

    try:
        tomllib.loads(user_data.text("main", further))
    except tomllib.TOMLDecodeError as error:
        text = "is not TOML, in which Bottlerocket has its settings, or repeats a setting of the cluster"
        problems.say("ec2.user_data", f"{text}: {error}")


_AGENT = "/opt/aws/amazon-cloudwatch-agent"


def _agent_logs(log_group: str) -> str:
    """Return the lines that install the CloudWatch agent and let it send the logs of the ECS agent ("Amazon
    ECS log file locations"; "Manually create or edit the CloudWatch agent configuration file").

    It is installed in the background: the ECS agent waits for the script's end.
    """
    files = [
        {
            "file_path": f"/var/log/ecs/{name}.log",
            "log_group_name": log_group,
            "log_stream_name": f"{{instance_id}}/{name}",
        }
        for name in ("ecs-init", "ecs-agent")
    ]
    config = json.dumps({"logs": {"logs_collected": {"files": {"collect_list": files}}}})
    return f"""\
cat > /etc/ecs/agent-logs.json <<'CONFIG'
{config}
CONFIG
(
  dnf install -y amazon-cloudwatch-agent
  {_AGENT}/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:/etc/ecs/agent-logs.json
) > /var/log/agent-logs.log 2>&1 &
"""
