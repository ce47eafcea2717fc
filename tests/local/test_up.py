"""`moorage local`, run for real through the command line with tasks as processes."""

import json
import os
import signal
import socket
import stat
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable

import pytest
from support.balancing import free_port
from support.local_project import STATELESS, Project, eventually, url_in


class Load:
    """Clients that ask again and again, each time on a new connection, until they are stopped."""

    def __init__(self, url: str, clients: int = 4) -> None:
        self._url, self._stop = url, threading.Event()
        self.versions: Counter[str] = Counter()
        self.failures: list[str] = []
        self._threads = [threading.Thread(target=self._run) for _ in range(clients)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        paths = ("/", "/slow")
        number = 0
        while not self._stop.is_set():
            number += 1
            try:
                with urllib.request.urlopen(self._url + paths[number % 2], timeout=20) as response:
                    self.versions[json.load(response)["version"]] += 1
            except Exception as error:
                self.failures.append(repr(error))


@pytest.fixture
def running(kept: Project) -> Project:
    """The project that stays up, with two tasks of the app that every project begins with."""
    kept.write_program()
    kept.up()
    return kept


def test_requests_reach_every_replica_and_a_second_up_changes_nothing(project: Project) -> None:
    done = project.up()
    assert "web: deployed" in done.stdout
    assert project.url.startswith("http://127.0.0.1:")
    assert len({project.get()["pid"] for _ in range(20)}) == 2
    before = project.tasks()
    again = project.up()
    assert "web: unchanged" in again.stdout
    assert project.tasks().keys() == before.keys()
    shown = project.run("ps").stdout.splitlines()
    assert shown[0].split() == [
        "APP", "TASK", "REVISION", "STATUS", "HEALTH", "ADDRESS", "ZONE", "STARTED", "RESTARTS",
    ]  # fmt: skip
    assert [line.split()[:5] for line in shown[1:]] == [
        ["web", arn[-32:][:8], "web:1", "RUNNING", "HEALTHY"] for arn in before
    ]
    assert {line.split()[6] for line in shown[1:]} == {"us-east-1a", "us-east-1b"}


def test_a_task_sees_what_its_definition_says_and_nothing_of_the_developer(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "the-developers-own")
    monkeypatch.setenv("AWS_PROFILE", "prod")
    project.up()
    env = project.get("/env")["env"]
    assert env["PASSWORD"] == "s3cret"
    assert env["HOST"] == "127.0.0.1"
    assert "AWS_PROFILE" not in env
    assert "the-developers-own" not in env.values()
    metadata = project.get("/metadata")
    assert metadata["task"]["Family"] == "web"
    assert metadata["task"]["Revision"] == "1"
    assert metadata["task"]["TaskARN"] in project.tasks()
    assert metadata["container"]["Name"] == "web"
    # Nothing listens for others than this machine.
    own = {f"{port:04X}" for port in _ports(project)}
    with open("/proc/net/tcp") as table:
        listening = [line.split()[1] for line in table.read().splitlines()[1:] if line.split()[3] == "0A"]
    addresses = {address.partition(":")[0] for address in listening if address.partition(":")[2] in own}
    assert addresses == {"0100007F"}
    assert stat.S_IMODE(project.paths.socket.parent.stat().st_mode) == 0o700
    assert (project.path / ".moorage" / ".gitignore").read_text() == "*\n"


def _ports(project: Project) -> set[int]:
    from moorage.local.runner import processes as procs

    groups = {os.getpgid(pid) for pid in project.processes()}
    return {listener.port for group in groups for listener in procs.listeners(group) or []}


def test_a_killed_task_is_replaced(running: Project) -> None:
    before = running.tasks()
    os.kill(running.get()["pid"], signal.SIGKILL)
    eventually(
        lambda: (
            len([t for t in running.tasks().values() if t["ready"]]) == 2
            and running.tasks().keys() != before.keys()
        )
    )
    new = running.tasks().keys() - before.keys()
    assert [running.tasks()[arn]["restarts"] for arn in new] == [1]
    (killed,) = before.keys() - running.tasks().keys()
    stopped = {task["taskArn"]: task for entry in running.describe()["services"] for task in entry["tasks"]}
    assert stopped[killed]["lastStatus"] == "STOPPED"
    assert stopped[killed]["containers"][0]["exitCode"] == 137
    assert stopped[killed]["stopCode"] == "EssentialContainerExited"


def test_a_rolling_update_under_load_fails_no_request(running: Project) -> None:
    running.up("--config", "count=3")
    before = {task["taskDefinitionArn"] for task in running.tasks().values()}
    running.serve("two")
    with Load(running.url) as load:
        done = running.up("--config", "count=3")
    assert "web: deployed" in done.stdout
    assert load.failures == []
    assert load.versions.keys() == {"one", "two"}
    assert {running.get()["version"] for _ in range(12)} == {"two"}
    after = {task["taskDefinitionArn"] for task in running.tasks().values()}
    assert (len(before), len(after), before & after) == (1, 1, set())


def test_a_broken_app_is_rolled_back_with_the_reason_and_the_old_version_answers(running: Project) -> None:
    before = running.tasks().keys()
    running.write("app/server.py", "print('first words')\nraise SystemExit('no database here')\n")
    with Load(running.url, 1) as load:
        done = running.run("up")
    assert done.returncode == 1
    assert "rolled back" in done.stdout
    assert "Essential container in task exited; container web exited with code 1" in done.stdout
    assert "no database here" in done.stdout
    assert load.failures == []
    assert load.versions.keys() == {"one"}
    assert running.tasks().keys() == before
    deployments = running.describe()["services"][0]["service"]["deployments"]
    assert [d["rolloutState"] for d in deployments] == ["COMPLETED"]
    assert "rolling back to deploymentId" in deployments[0]["rolloutStateReason"]
    # Still broken: says so again. Repaired by going back: nothing to do, as it runs already.
    assert running.run("up").returncode == 1
    running.serve("one")
    assert "web: unchanged" in running.up().stdout
    assert running.tasks().keys() == before


def test_a_first_deployment_that_fails_is_stopped(stateless: Project) -> None:
    stateless.write("app/Dockerfile", 'FROM x\nCMD ["no-such-program-anywhere"]\n')
    done = stateless.run("up")
    assert done.returncode == 1
    assert done.stderr == "error: not deployed: web\n"
    assert "cannot run 'no-such-program-anywhere'" in done.stdout
    assert "url" not in done.stdout
    assert stateless.tasks() == {}
    service = stateless.describe()["services"][0]["service"]
    assert [d["rolloutState"] for d in service["deployments"]] == ["FAILED"]


def test_a_requirement_that_cannot_be_installed_changes_nothing(running: Project) -> None:
    before = running.tasks().keys()
    running.write("app/requirements.txt", "./no-such-folder\n")
    done = running.run("up")
    assert done.returncode == 1
    assert "installing requirements.txt failed" in done.stdout
    assert "no-such-folder" in done.stdout
    assert running.tasks().keys() == before


def test_what_cannot_run_beside_what_runs(stateless: Project) -> None:
    """Two ready-made images without Docker, a service without tasks, and one with a definition elsewhere."""
    stateless.write(
        "__main__.py",
        STATELESS
        + """
public = aws.ecs.TaskDefinition("public", family="public", network_mode="awsvpc", cpu="256", memory="512",
    requires_compatibilities=["FARGATE"],
    container_definitions=json.dumps([
        {"name": "nginx", "image": "public.example/nginx:1", "privileged": True,
         "readonlyRootFilesystem": True}
    ]))
for name, more in {"first": {"desired_count": 1}, "second": {"desired_count": 1}, "idle": {}}.items():
    aws.ecs.Service(name, cluster=cluster.arn, task_definition=public.arn,
                    network_configuration={"subnets": ["subnet-a"]}, **more)
aws.ecs.Service("given", cluster=cluster.arn, task_definition="t:1", desired_count=1)
""",
    )
    done = stateless.run("up")

    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: not deployed: first, second",
        "hint: start Docker, then run `moorage local down` and `moorage local up`",
    ]
    assert {"web: deployed", "idle: deployed"} <= set(lines)
    for name in ("first", "second"):
        assert f"{name}: failed: its image could not be prepared; nothing was changed" in lines
    assert "start Docker" not in done.stdout
    given = "aws:ecs/service:Service  given (its task definition t:1 is not part of this program)"
    not_run = done.stdout.partition("Not run locally:")[2]
    assert given in not_run
    assert "aws:ecs/service:Service  idle (its privileged mode)" in not_run
    # Only as a process.
    assert "aws:ecs/service:Service  idle (its read-only root file system)" in not_run


def test_a_process_on_another_port_is_told_about_port(stateless: Project) -> None:
    server = (stateless.path / "app/server.py").read_text()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Only one task can have a port of its own choice.
    stateless.write("app/server.py", server.replace('int(os.environ["PORT"])', str(port)))
    done = stateless.run("up", "--config", "count=1", "--config", f"port={port}")
    assert done.returncode == 1
    assert f"listens on port {port}, not on its PORT" in done.stdout


def test_a_silent_app_that_nothing_checks_is_named_too(project: Project) -> None:
    project.write(
        "__main__.py",
        "from moorage import ContainerApp, EcsCluster, Network\n"
        "network = Network('net', {})\n"
        "cluster = EcsCluster('main', {'network': network.ref})\n"
        "app = {'cluster': cluster.ref, 'network': network.ref, 'public': True}\n"
        "ContainerApp('web', {**app, 'build': {'context': 'app'}})\n",
    )
    project.write("app/server.py", "import time\ntime.sleep(600)\n")
    done = project.run("up")
    assert done.returncode == 0
    assert "web: container web: nothing listens on PORT" in done.stdout


def test_data_outlives_down_and_a_kill_of_everything_but_not_down_data(project: Project) -> None:
    project.up()
    project.get("/put/first")
    assert "data is kept" in project.run("down").stdout
    project.up()
    assert project.get("/items")["items"] == ["first"]
    project.get("/put/second")
    saved = project.paths.data / "state" / "dynamodb.json"
    eventually(lambda: "second" in saved.read_text())
    for pid in project.processes():
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: not project.processes())
    project.up()
    assert project.get("/items")["items"] == ["first", "second"]
    project.run("down", "--data")
    project.up()
    assert project.get("/items")["items"] == []


def test_scale_holds_until_the_program_says_another_count(running: Project) -> None:
    before = running.tasks().keys()
    done = running.run("scale", "web", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(running.tasks()) == 3
    assert before < running.tasks().keys()
    assert "stays at 3" in running.up().stdout
    assert len(running.tasks()) == 3
    assert "web: scaled" in running.up("--config", "count=1").stdout
    assert len(running.tasks()) == 1
    assert running.tasks().keys() < before | running.tasks().keys()
    wrong = running.run("scale", "wep", "3")
    assert (wrong.returncode, "did you mean web?" in wrong.stderr) == (2, True)


def test_logs_of_all_of_one_task_and_followed(running: Project) -> None:
    running.get("/a-path-to-find")
    eventually(lambda: "/a-path-to-find" in running.run("logs", "web").stdout)
    task = next(iter(running.tasks()))[-32:]
    lines = running.run("logs", "--task", task[:8]).stdout.splitlines()
    assert lines
    assert all(f"web/{task[:8]}" in line for line in lines)
    assert len(running.run("logs", "--tail", "1").stdout.splitlines()) == 1
    following = running.start("logs", "--follow", "--tail", "0", "web")
    seen: list[str] = []
    assert following.stdout is not None
    reader = threading.Thread(target=lambda: seen.extend(iter(following.stdout.readline, "")))
    reader.start()
    eventually(lambda: running.get("/followed") and any("/followed" in line for line in seen))
    following.send_signal(signal.SIGINT)
    assert following.wait(10) == 130
    reader.join()
    following.stdout.close()
    assert running.run("logs", "nope").returncode == 2


def test_a_killed_supervisor_leaves_nothing_and_the_next_up_works(running: Project) -> None:
    # Others would take the default one between the kill and the next `up`.
    running.up("--port", str(free_port()))
    url = running.url
    os.kill(running.supervisor(), signal.SIGKILL)
    eventually(lambda: not running.processes())
    gone = running.run("ps")
    assert (gone.returncode, "no local run" in gone.stderr) == (3, True)
    running.up()
    assert running.url == url
    assert running.get()["version"] == "one"


def test_what_a_killed_supervisor_and_reaper_left_is_ended_by_the_next_up(running: Project) -> None:
    tasks = {running.get()["pid"] for _ in range(20)}
    supervisor = running.supervisor()
    with open(f"/proc/{supervisor}/task/{supervisor}/children") as children:
        child = [int(pid) for pid in children.read().split()]
    for pid in [*(p for p in child if p not in tasks), supervisor]:
        os.kill(pid, signal.SIGKILL)
    running.up()
    assert not tasks & set(running.processes())


def test_two_projects_side_by_side(running: Project, new_project: Callable[[str], Project]) -> None:
    other = new_project("other")
    other.serve("two")
    other.up()
    assert running.url != other.url
    assert (running.get()["version"], other.get()["version"]) == ("one", "two")
    other.run("down")
    assert running.get()["version"] == "one"


def test_two_ups_at_once_make_one_stack(stateless: Project) -> None:
    first, second = stateless.start("up"), stateless.start("up")
    texts = [process.communicate(timeout=120)[0] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), texts
    assert len(stateless.tasks()) == 2


def test_a_port_in_use_is_named_and_nothing_is_left(stateless: Project) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = stateless.run("up", "--port", str(port))
    assert done.returncode == 1
    assert f"port {port} is in use by" in done.stderr
    assert f"pid {os.getpid()}" in done.stderr
    eventually(lambda: not stateless.processes())
    stateless.up("--port", str(port))
    assert stateless.url == f"http://127.0.0.1:{port}"


def test_an_encrypted_value_that_cannot_be_had_is_named(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write(
        "Pulumi.dev.yaml", "encryptionsalt: v1:x:v1:y:z\nconfig:\n  demo:password:\n    secure: v1:a:b\n"
    )
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)
    done = project.run("up")
    assert done.returncode == 1
    assert "password is encrypted" in done.stderr
    assert "Traceback" not in done.stderr
    eventually(lambda: not project.processes())
    shown = project.up("--config", "password=given").stdout
    assert "[secret]" in shown
    assert "given" not in shown
    assert project.get()["password"] == "given"


def test_down_with_nothing_running_says_so(project: Project) -> None:
    done = project.run("down")
    assert (done.returncode, done.stdout.strip()) == (0, "nothing is running")


def test_a_corrupt_state_file_is_an_error_that_says_what_to_do(project: Project) -> None:
    project.paths.home.mkdir(parents=True)
    project.paths.state.write_text("{ half of it")
    done = project.run("up")
    assert done.returncode == 1
    assert f"{project.paths.state} cannot be read" in done.stderr
    assert "Traceback" not in done.stderr
    eventually(lambda: not project.processes())


def test_a_program_that_fails_is_one_text(project: Project) -> None:
    project.write("__main__.py", "raise ValueError('the count must be 1 to 10, not 99')\n")
    done = project.run("up")
    assert done.returncode == 1
    assert done.stderr.splitlines()[:2] == ["error: the count must be 1 to 10, not 99", "  __main__.py:1"]
    eventually(lambda: not project.processes())


def test_wrong_usage_exits_2(project: Project) -> None:
    assert project.run("up", "--stack", "nope").returncode == 2
    assert project.run("up", "--config", "novalue").returncode == 2
    assert project.run("scale", "web", "many").returncode == 2


def test_watch_rolls_on_a_change_and_survives_a_broken_one(project: Project) -> None:
    watching = project.start("up", "--watch")
    seen: list[str] = []
    assert watching.stdout is not None
    reader = threading.Thread(target=lambda: seen.extend(iter(watching.stdout.readline, "")))
    reader.start()
    eventually(lambda: any("watching for changes" in line for line in seen))
    project.url = url_in("".join(seen))
    program = (project.path / "__main__.py").read_text()
    project.write("__main__.py", "raise ValueError('half written')\n")
    eventually(lambda: any("half written" in line for line in seen))
    project.write("__main__.py", program)
    project.serve("two")
    eventually(lambda: project.get()["version"] == "two")
    eventually(lambda: {project.get()["version"] for _ in range(6)} == {"two"})
    watching.send_signal(signal.SIGINT)
    assert watching.wait(20) == 130
    reader.join()
    watching.stdout.close()
    assert project.get()["version"] == "two"
