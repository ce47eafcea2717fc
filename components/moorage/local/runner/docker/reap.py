"""Removes the containers, volumes and networks with a label.

A script with the standard library only: it also runs after a supervisor was killed, with nothing but PATH.
Usage: python reap.py LABEL [DOCKER_VARIABLE=VALUE ...]
"""

import os
import subprocess
import sys

_STEPS = (
    (("container", "ls", "--all"), ("container", "rm", "--force", "--volumes")),
    (("volume", "ls"), ("volume", "rm", "--force")),
    (("network", "ls"), ("network", "rm")),
)


def main(label: str, *settings: str) -> int:
    """Remove everything with the label; return 1 when something could not be removed."""
    environment = {**os.environ, **dict(setting.split("=", 1) for setting in settings)}

    def docker(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["docker", *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            timeout=120,
        )

    failed = 0
    for ls, rm in _STEPS:
        listed = docker(*ls, "--quiet", "--filter", f"label={label}")
        failed |= listed.returncode
        if names := listed.stdout.split():
            failed |= docker(*rm, *names).returncode
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
