import json
import subprocess
import tomllib
from pathlib import Path

import pytest

from moorage.model.choices import OperatingSystem
from moorage.model.user_data import UserData

AMAZON_LINUX = UserData(OperatingSystem.AMAZON_LINUX, warm_pool=False)
BOTTLEROCKET = UserData(OperatingSystem.BOTTLEROCKET, warm_pool=False)
LOG_GROUP = "main-agent-1a2b3c4"


def test_the_script_whole() -> None:
    assert AMAZON_LINUX.text("main-1a2b3c4").splitlines() == [
        "#!/bin/bash",
        "cat >> /etc/ecs/ecs.config <<'CONFIG'",
        "ECS_CLUSTER=main-1a2b3c4",
        "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true",
        "ECS_AWSVPC_BLOCK_IMDS=true",
        "CONFIG",
    ]


@pytest.mark.parametrize("log_group", ["", LOG_GROUP])
def test_bash_can_read_it(log_group: str) -> None:
    script = AMAZON_LINUX.text("main", "true\n", log_group)
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_the_agent_waits_in_a_warm_pool() -> None:
    script = UserData(OperatingSystem.AMAZON_LINUX, warm_pool=True).text("main")
    assert set(script.splitlines()) - set(AMAZON_LINUX.text("main").splitlines()) == {
        "ECS_WARM_POOLS_CHECK=true"
    }
    settings = UserData(OperatingSystem.BOTTLEROCKET, warm_pool=True).text("main")
    assert tomllib.loads(settings)["settings"]["autoscaling"] == {"should-wait": True}


def test_the_settings_of_bottlerocket() -> None:
    assert tomllib.loads(BOTTLEROCKET.text("main-1a2b3c4", 'loglevel = "debug"\n')) == {
        "settings": {
            "ecs": {
                "cluster": "main-1a2b3c4",
                "enable-spot-instance-draining": True,
                "awsvpc-block-imds": True,
                "loglevel": "debug",
            }
        }
    }


def test_the_cloudwatch_agent_sends_the_logs_of_the_ecs_agent(tmp_path: Path) -> None:
    """Run the script with stand-ins for the package manager and the agent's control script."""
    calls = tmp_path / "calls"
    script = AMAZON_LINUX.text("main", log_group=LOG_GROUP)
    script = script.replace("/etc/ecs", str(tmp_path)).replace("/var/log/agent-logs.log", "/dev/null")
    for command in ("dnf", "/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl"):
        script = script.replace(f"  {command} ", f"  echo {command} >> {calls} ")
    subprocess.run(["bash", "-e"], input=f"{script}wait\n", text=True, check=True)
    config = str(tmp_path / "agent-logs.json")
    assert calls.read_text().splitlines() == [
        "dnf install -y amazon-cloudwatch-agent",
        "/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c "
        f"file:{config}",
    ]
    files = json.loads(Path(config).read_text())["logs"]["logs_collected"]["files"]["collect_list"]
    assert files == [
        {
            "file_path": f"/var/log/ecs/{name}.log",
            "log_group_name": LOG_GROUP,
            "log_stream_name": f"{{instance_id}}/{name}",
        }
        for name in ("ecs-init", "ecs-agent")
    ]
