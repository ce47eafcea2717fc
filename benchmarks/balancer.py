"""The local balancer against nginx, before the same three backends, in one run.

    .venv/bin/python benchmarks/balancer.py [--seconds 3] [--rounds 3]

Numbers to hold (performance.md, item 8): the balancer adds at most 0.6 ms at the median of one connection,
carries at least 0.35 times nginx's requests per second with 32 connections, and fails no request while
targets are deregistered and registered under load. Exit code 1 when one is not held, 2 when wrk or nginx is
missing.

Backends, balancer, nginx and load each have a process of their own, on 127.0.0.1. The backends that the
numbers are held with are three aiohttp processes, one body of 41 bytes each: what stands behind a local
balancer is a program like that. The same with three static nginx servers is printed too: there the backends
cost next to nothing, so it compares the two proxies' own cost. nginx proxies with one worker, pooled
connections and the same X-Forwarded fields. Rounds are interleaved; medians are printed.
"""

import argparse
import asyncio
import contextlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

MAX_ADDED_MS = 0.6
MIN_RATIO = 0.35
CONNECTIONS = 32
BODY = b"0123456789012345678901234567890123456789\n"


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in sockets]


async def run_backend(port: int) -> None:
    from aiohttp import web

    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(body=BODY)

    server = web.Server(handler, access_log=None)
    await asyncio.get_running_loop().create_server(server, "127.0.0.1", port)
    await asyncio.Event().wait()


async def run_balancer(port: int, backends: list[int], churn: bool) -> None:
    from moorage.local.balancer.balancer import Balancer
    from moorage.local.balancer.model import HealthCheck, ListenerSpec, TargetGroupSpec

    balancer = Balancer()
    group = TargetGroupSpec(
        "tg", "bench", health_check=HealthCheck(interval=5, timeout=2, healthy_threshold=2)
    )
    listener = ListenerSpec("listener", port, default_actions=[{"type": "forward", "targetGroupArn": "tg"}])
    await balancer.configure([listener], [group])
    for index, backend in enumerate(backends):
        balancer.register("tg", f"task-{index}", "127.0.0.1", backend)

    async def healthy(*targets: str) -> None:
        while any(balancer.health("tg")[target].state != "healthy" for target in targets):
            await asyncio.sleep(0.01)

    await healthy(*balancer.health("tg"))
    rolled = 0
    while churn:
        index = rolled % len(backends)
        await balancer.deregister("tg", f"task-{index}")
        balancer.register("tg", f"task-{index}", "127.0.0.1", backends[index])
        await healthy(f"task-{index}")
        rolled += 1
        await asyncio.sleep(0.02)
    await asyncio.Event().wait()


def nginx_config(folder: Path, name: str, http: str) -> list[str]:
    path = folder / f"{name}.conf"
    temp = " ".join(
        f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path.write_text(
        f"daemon off; master_process off; worker_processes 1; pid {folder}/{name}.pid;\n"
        "error_log stderr crit;\n"
        f"events {{ worker_connections 2048; }}\n"
        f"http {{ access_log off; keepalive_requests 1000000000; {temp}\n{http}\n}}\n"
    )
    return ["nginx", "-e", "stderr", "-c", str(path)]


def nginx_backend(folder: Path, port: int) -> list[str]:
    server = f'server {{ listen 127.0.0.1:{port}; location / {{ return 200 "{BODY.decode()}"; }} }}'
    return nginx_config(folder, f"backend-{port}", server)


def nginx_proxy(folder: Path, port: int, backends: list[int]) -> list[str]:
    servers = " ".join(f"server 127.0.0.1:{backend};" for backend in backends)
    return nginx_config(
        folder,
        f"proxy-{port}",
        f"upstream b {{ {servers} keepalive 256; keepalive_requests 1000000000; }}\n"
        f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://b; proxy_http_version 1.1;\n"
        'proxy_set_header Connection ""; proxy_set_header Host $http_host;\n'
        "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
        "proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Port $server_port;\n"
        "proxy_set_header X-Amzn-Trace-Id $request_id; }}",
    )


def python(role: str, *args: object) -> list[str]:
    return [sys.executable, __file__, "--role", role, *map(str, args)]


@contextlib.contextmanager
def processes(*commands: list[str]) -> Iterator[None]:
    running: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            running.append(subprocess.Popen(command))
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_open(*ports: int) -> None:
    deadline = time.monotonic() + 15
    for port in ports:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if time.monotonic() > deadline:
                raise SystemExit(f"nothing listens on port {port} after 15 s")
            time.sleep(0.02)


def wrk(port: int, connections: int, seconds: float) -> tuple[float, float, int]:
    """Requests per second, median latency in ms, failed requests."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", f"http://127.0.0.1:{port}/x"]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 20).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    median = re.search(r"50%\s+([\d.]+)(us|ms|s)", output)
    if rate is None or median is None:
        raise SystemExit(f"wrk printed no result:\n{output}")
    failed = sum(int(number) for number in re.findall(r"Non-2xx or 3xx responses: (\d+)", output))
    for errors in re.findall(r"Socket errors: (.*)", output):
        failed += sum(int(number) for number in re.findall(r"\d+", errors))
    return float(rate[1]), float(median[1]) * {"us": 0.001, "ms": 1, "s": 1000}[median[2]], failed


def measure(kind: str, seconds: float, rounds: int) -> tuple[float, float, float, float, int]:
    """Ratio of rates, rates of balancer and nginx, added ms, failures while targets come and go."""
    *backends, proxy, nginx, churn = free_ports(6)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make = {
            "aiohttp": lambda port: python("backend", port),
            "nginx": lambda port: nginx_backend(folder, port),
        }
        with processes(*map(make[kind], backends)):
            wait_open(*backends)
            ours = python("balancer", proxy, *backends)
            rates: dict[int, list[float]] = {proxy: [], nginx: []}
            medians: dict[int, list[float]] = {proxy: [], nginx: [], backends[0]: []}
            with processes(ours, nginx_proxy(folder, nginx, backends)):
                wait_open(proxy, nginx)
                for port in (proxy, nginx, backends[0]):
                    wrk(port, CONNECTIONS, 1)  # warm
                for _ in range(rounds):
                    for port, found in rates.items():
                        found.append(wrk(port, CONNECTIONS, seconds)[0])
                    for port, found in medians.items():
                        found.append(wrk(port, 1, seconds)[1])
            with processes(python("churn", churn, *backends)):
                wait_open(churn)
                wrk(churn, 1, 1)
                failed = wrk(churn, CONNECTIONS, seconds * 2)[2]
    ours_rate, nginx_rate = statistics.median(rates[proxy]), statistics.median(rates[nginx])
    ratio = statistics.median(a / b for a, b in zip(rates[proxy], rates[nginx], strict=True))
    direct = statistics.median(medians[backends[0]])
    added = statistics.median(medians[proxy]) - direct
    print(
        f"{kind:8} {ours_rate:>10,.0f} {nginx_rate:>10,.0f} {ratio:>7.2f}x {direct:>10.3f} "
        f"{added:>+10.3f} {statistics.median(medians[nginx]) - direct:>+10.3f} {failed:>8}"
    )
    return ratio, ours_rate, nginx_rate, added, failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--role", choices=["backend", "balancer", "churn"], help=argparse.SUPPRESS)
    parser.add_argument("ports", nargs="*", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.role:
        port, *backends = args.ports
        role = run_backend(port) if args.role == "backend" else None
        asyncio.run(role or run_balancer(port, backends, args.role == "churn"))
        return 0
    missing = [tool for tool in ("wrk", "nginx") if shutil.which(tool) is None]
    if missing:
        print(f"not measured: {' and '.join(missing)} not found (Debian packages wrk and nginx)")
        return 2
    print(f"{CONNECTIONS} connections: requests/s; 1 connection: median ms; failed while targets come and go")
    print("backends    balancer      nginx    ratio  direct ms   balancer      nginx   failed")
    ratio, _, _, added, failed = measure("aiohttp", args.seconds, args.rounds)
    failed += measure("nginx", args.seconds, args.rounds)[4]
    held = {
        f"adds at most {MAX_ADDED_MS} ms": added <= MAX_ADDED_MS,
        f"at least {MIN_RATIO} of nginx": ratio >= MIN_RATIO,
        "no failed request": failed == 0,
    }
    for text, good in held.items():
        print(f"{'held    ' if good else 'NOT HELD'}  {text}")
    return 0 if all(held.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
