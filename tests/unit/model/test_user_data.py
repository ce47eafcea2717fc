import subprocess

from moorage.model.capacity import user_data


def test_the_script_whole() -> None:
    assert user_data("main-1a2b3c4").splitlines() == [
        "#!/bin/bash",
        "cat >> /etc/ecs/ecs.config <<'CONFIG'",
        "ECS_CLUSTER=main-1a2b3c4",
        "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true",
        "ECS_AWSVPC_BLOCK_IMDS=true",
        "CONFIG",
    ]


def test_bash_can_read_it() -> None:
    subprocess.run(["bash", "-n"], input=user_data("main"), text=True, check=True)
