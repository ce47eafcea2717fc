"""NoteTaker's memory under parallel log-ins.

    .venv/bin/python benchmarks/notetaker_memory.py [--log-ins 240] [--rounds 3]

Number to hold (docs/performance.md): at most 300 MiB resident at the peak, of a task's 512 MiB. The
application runs as its Dockerfile starts it, with the environment of its last stage, on 127.0.0.1 and with a
local DynamoDB. Each round sends all log-ins at once, each with an account and a client of its own, so that
none is slowed down as guessing; every other one has a wrong password. One that finds no place is answered
503, and sent again after the time that the answer names. The peak is the kernel's (VmHWM). Exit code 1 when
the number is not held.
"""

import argparse
import asyncio
import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from measure import REPOSITORY, table, verdict

from moorage.local.aws.process import server_python
from moorage.model.dockerfile import read, stages, target_of

MAX_MIB = 300
PASSWORDS = ("correct horse", "wrong horse")
APP = REPOSITORY / "app"
AWS = {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def image_environment() -> dict[str, str]:
    """Return what the Dockerfile's last stage sets, without the path of its packages."""
    stage = target_of(stages(read((APP / "Dockerfile").read_text()), {}), None)
    return stage.env | {"PYTHONPATH": ""}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextlib.contextmanager
def process(
    module: str, folder: Path, port: int, environment: dict[str, str], python: str = sys.executable
) -> Iterator[int]:
    """Run a module until its port is open, and give its process id."""
    with tempfile.TemporaryFile("w+") as log:
        running = subprocess.Popen(
            [python, "-m", module],
            cwd=folder,
            env={"PATH": os.environ["PATH"]} | environment,
            stdout=log,
            stderr=log,
        )
        try:
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                with contextlib.suppress(subprocess.TimeoutExpired):
                    code = running.wait(0.05)
                    log.seek(0)
                    raise SystemExit(f"{log.read()}\nexit code {code}: {module}")
            yield running.pid
        finally:
            running.terminate()
            running.wait()


def make_accounts(endpoint: str, count: int) -> None:
    """Make the table with accounts of one password."""
    import boto3

    sys.path.insert(0, str(APP))
    from notetaker.accounts import HASHER

    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": AWS["AWS_REGION"]}
    made = boto3.resource("dynamodb", endpoint_url=endpoint, **keys).create_table(
        TableName="notes",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
    )
    password_hash = HASHER.hash(PASSWORDS[0])
    for number in range(count):
        item = {"pk": f"USER#user{number}", "sk": "ACCOUNT", "password_hash": password_hash}
        made.put_item(Item=item)


async def log_in_all(url: str, count: int) -> Counter[int]:
    """Return how often each status was answered."""
    import httpx

    answers: Counter[int] = Counter()
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client:
        found = re.search(r'name="csrf_token" value="([^"]+)"', (await client.get("/login")).text)
        assert found is not None
        cookies = dict(client.cookies)
        client.cookies.clear()

        async def log_in(number: int) -> None:
            form = {"csrf_token": found[1], "name": f"user{number}", "password": PASSWORDS[number % 2]}
            headers = {
                "X-Forwarded-For": f"192.0.2.{number % 256}, 10.{number >> 8}.0.{number % 256}",
                "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            }
            while True:
                answer = await client.post("/login", data=form, headers=headers)
                answers[answer.status_code] += 1
                if answer.status_code != 503:
                    return
                await asyncio.sleep(int(answer.headers["Retry-After"]))

        await asyncio.gather(*map(log_in, range(count)))
    return answers


def memory(pid: int, field: str) -> float:
    """Return VmRSS or VmHWM of a process in MiB."""
    return int(re.findall(rf"{field}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[0]) / 1024


def measure(folder: Path, log_ins: int, rounds: int) -> float:
    """Print a row for each round, and return the peak in MiB."""
    data_port, port = free_port(), free_port()
    endpoint, url = f"http://127.0.0.1:{data_port}", f"http://127.0.0.1:{port}"
    data = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(data_port), "HOME": str(folder)}
    here = {"NOTES_TABLE": "notes", "AWS_ENDPOINT_URL": endpoint, "HOST": "127.0.0.1", "PORT": str(port)}
    with process("ministack", folder, data_port, data, str(asyncio.run(server_python(print)))):
        make_accounts(endpoint, log_ins)
        with process("notetaker", APP, port, image_environment() | AWS | here) as pid:
            asyncio.run(log_in_all(url, 1))
            rows = [("before", f"{memory(pid, 'VmRSS'):.0f}", f"{memory(pid, 'VmHWM'):.0f}", "")]
            for number in range(rounds):
                answers = asyncio.run(log_in_all(url, log_ins))
                text = ", ".join(f"{count} x {status}" for status, count in sorted(answers.items()))
                rss, peak = memory(pid, "VmRSS"), memory(pid, "VmHWM")
                rows.append((f"round {number + 1}", f"{rss:.0f}", f"{peak:.0f}", text))
    table(("MiB", "resident", "peak", "answers"), rows)
    return peak


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--log-ins", type=int, default=240)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        peak = measure(Path(folder), args.log_ins, args.rounds)
    return verdict({f"{args.log_ins} log-ins at once: at most {MAX_MIB} MiB": peak <= MAX_MIB})


if __name__ == "__main__":
    sys.exit(main())
