"""What a Pulumi command needs is checked before Pulumi starts."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from moorage.cli import main
from moorage.operate.pulumi import builder
from moorage.operate.pulumi.builder import NoDaemon, architecture_of
from moorage.operate.pulumi.check_result import Level, ok
from moorage.operate.pulumi.prerequisites import credentials, unmet
from moorage.operate.pulumi.selected import PulumiStack
from moorage.rollout.ask import Denied, Unreachable
from moorage.rollout.login import Login

PROGRAM = """\
import pulumi_docker_build as docker_build

image = {"context": {"location": "."}, "platforms": ["linux/arm64"], "tags": ["r/web:1a2b"], "push": True}
docker_build.Image("web-build", **image)
"""

CLOUD = '{"user": "me", "url": "https://app.pulumi.com/me"}'
FILE = '{"user": "me", "url": "file://~"}'

NOON = 1795953600
"""Noon of 2026-11-29 in seconds since 1970."""

MakeStack = Callable[..., PulumiStack]


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeStack:
    """Make a project and a CLI that knows who is logged in."""
    for name in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE", "DOCKER_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))

    def make(
        whoami: str = CLOUD, settings: str = "", *, terminal: bool = False, state: str = ""
    ) -> PulumiStack:
        (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
        (tmp_path / "Pulumi.dev.yaml").write_text(settings)
        (tmp_path / "__main__.py").write_text(PROGRAM)
        (tmp_path / "state.json").write_text(state)
        pulumi = tmp_path / "bin" / "pulumi"
        pulumi.parent.mkdir(exist_ok=True)
        answer = f"echo '{whoami}'" if whoami.startswith("{") else f"echo '{whoami}' >&2; exit 1"
        pulumi.write_text(
            f"""#!/bin/sh
case "$*" in
whoami*) {answer} ;;
"stack export"*) cat {tmp_path}/state.json ;;
*) echo "ran $*" ;;
esac
"""
        )
        pulumi.chmod(0o755)
        monkeypatch.setenv("PATH", f"{pulumi.parent}:/usr/bin:/bin")
        monkeypatch.chdir(tmp_path)
        return PulumiStack(pulumi, tmp_path, "acme/demo/dev", terminal)

    return make


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception | None], None]:
    """Let AWS accept the credentials, or answer with an error."""

    def set_answer(error: Exception | None) -> None:
        def ask(what: object) -> None:
            if error is not None:
                raise error

        monkeypatch.setattr("moorage.rollout.aws.asked", ask)

    set_answer(None)
    return set_answer


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | Exception], None]:
    """Let a Docker daemon of an architecture answer, or none."""

    def set_daemon(answer: str | Exception) -> None:
        def ask(host: str) -> str:
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(builder, "architecture_of", ask)

    set_daemon("arm64")
    return set_daemon


def said(command: str, stack: PulumiStack) -> list[str]:
    return [str(item) for item in unmet(command, stack)]


def test_nothing_is_missing(stack: MakeStack, answers: object, daemon: object) -> None:
    assert unmet("up", stack()) == []


def test_without_a_login_nothing_else_is_checked(stack: MakeStack) -> None:
    assert said("up", stack("error: PULUMI_ACCESS_TOKEN must be set")) == [
        "Pulumi is not logged in (PULUMI_ACCESS_TOKEN must be set); run `pulumi login` for Pulumi Cloud, or "
        "`pulumi login --local` for a state on this machine"
    ]


@pytest.mark.parametrize("command", ["version", "config", "stack output", ""])
def test_other_commands_need_nothing(stack: MakeStack, command: str) -> None:
    assert unmet(command, stack("error: not logged in")) == []


@pytest.mark.parametrize(
    ("whoami", "settings", "needed"),
    [
        (FILE, "", True),
        (FILE, "encryptionsalt: v1:abc", True),
        (FILE, "secretsprovider: awskms://alias/x", False),
        (FILE, "secretsprovider: passphrase", True),
        (CLOUD, "", False),
        (CLOUD, "encryptionsalt: v1:abc", True),
    ],
)
def test_a_passphrase_that_cannot_be_asked_for(
    stack: MakeStack, whoami: str, settings: str, needed: bool
) -> None:
    missing = said("stack init", stack(whoami, settings))
    assert bool(missing) == needed
    assert all("PULUMI_CONFIG_PASSPHRASE" in text for text in missing)
    assert said("stack init", stack(whoami, settings, terminal=True)) == []


def test_a_passphrase_may_be_empty(stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")
    assert said("stack init", stack(FILE)) == []


def test_a_passphrase_file_that_is_not_there(stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", "/not/there")
    assert said("stack init", stack(FILE, terminal=True)) == [
        "PULUMI_CONFIG_PASSPHRASE_FILE: /not/there is not a file; set it to the file with the passphrase"
    ]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Denied("there are no AWS credentials"), "there are no AWS credentials; log in with `aws sso login`"),
        (Unreachable("no route"), "AWS does not answer in eu-central-1: no route; check the network"),
    ],
)
def test_credentials_that_aws_does_not_accept(
    stack: MakeStack,
    answers: Callable[[Exception], None],
    error: Exception,
    words: str,
) -> None:
    answers(error)
    (missing,) = said("preview", stack(settings="config:\n  aws:region: eu-central-1\n"))
    assert missing.startswith(words)


@pytest.mark.parametrize(
    "settings",
    [
        "environment: [acme/aws]",
        "config:\n  aws:accessKey:\n    secure: v1:abc",
        "config:\n  aws:skipCredentialsValidation: true",
        "config:\n  aws:endpoints:\n  - ecs: http://127.0.0.1:1",
    ],
)
def test_credentials_that_only_the_engine_has_are_not_judged(
    stack: MakeStack, answers: Callable[[Exception], None], settings: str
) -> None:
    answers(Denied("there are no AWS credentials"))
    assert list(credentials(stack(settings=settings))) == []


def test_the_profile_of_the_stack_is_asked(stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles: list[str | None] = []

    def client(service: str, region: str, login: Login, attempts: int) -> None:
        profiles.append(login.profile)
        raise Denied("stop here")

    monkeypatch.setattr("moorage.rollout.aws.client", client)
    monkeypatch.setattr("moorage.rollout.aws.asked", lambda what: what())  # pyright: ignore
    assert len(list(credentials(stack(settings="config:\n  aws:profile: shop\n")))) == 1
    assert profiles == ["shop"]


NO_DAEMON = NoDaemon("No such file or directory")


def test_an_image_to_build_needs_a_daemon(
    stack: MakeStack, answers: object, daemon: Callable[[Exception], None]
) -> None:
    daemon(NO_DAEMON)
    assert said("up", stack(state='{"deployment": {"resources": []}}')) == [
        "no Docker daemon answers at unix:///var/run/docker.sock (No such file or directory), but the image "
        "of web must be built; start Docker, set `build.docker_host`, or set `image` to a built image"
    ]


def test_an_image_that_was_pushed_needs_none(
    stack: MakeStack, answers: object, daemon: Callable[[Exception], None]
) -> None:
    daemon(NO_DAEMON)
    image = {"urn": "u", "type": "docker-build:index:Image", "inputs": {"tags": ["other-host/web:1a2b"]}}
    state = json.dumps({"deployment": {"resources": [image]}})
    assert unmet("up", stack(state=state)) == []
    assert len(unmet("up", stack(state=state.replace("1a2b", "3c4d")))) == 1


def test_a_remote_builder_needs_none(
    stack: MakeStack, answers: object, daemon: Callable[[Exception], None], tmp_path: Path
) -> None:
    daemon(NO_DAEMON)
    instances = tmp_path / "docker" / "buildx" / "instances"
    instances.mkdir(parents=True)
    (instances / "broken").write_text("{")
    (instances / "far").write_text('{"Name": "far", "Driver": "remote"}')
    assert unmet("up", stack()) == []


def test_a_program_that_needs_the_engine_is_not_judged(
    stack: MakeStack, answers: object, daemon: Callable[[Exception], None], tmp_path: Path
) -> None:
    daemon(NO_DAEMON)
    made = stack()
    (tmp_path / "__main__.py").write_text("import pulumi\npulumi.StackReference('a/b/c').get_output('x')\n")
    assert unmet("up", made) == []


def test_another_architecture_without_an_emulator_is_a_warning(
    stack: MakeStack,
    answers: object,
    daemon: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    daemon("amd64")
    monkeypatch.setattr(builder, "_HANDLERS", tmp_path / "binfmt_misc")
    (missing,) = unmet("up", stack())
    assert missing.level is Level.WARNING
    assert str(missing).startswith("the image of web is built for linux/arm64 on amd64")
    assert "tonistiigi/binfmt --install arm64" in str(missing)
    # Nothing of the image's architecture runs in a last stage that only copies.
    (tmp_path / "Dockerfile").write_text(
        "FROM --platform=$BUILDPLATFORM go AS build\nRUN go build\nFROM scratch\nCOPY --from=build /app /\n"
    )
    assert unmet("up", stack()) == []
    (tmp_path / "Dockerfile").write_text("FROM debian\nRUN apt-get update\n")
    assert len(unmet("up", stack())) == 1
    (tmp_path / "binfmt_misc").mkdir()
    (tmp_path / "binfmt_misc" / "qemu-aarch64").touch()
    assert unmet("up", stack()) == []


@pytest.fixture
def engine_socket(tmp_path: Path) -> Iterator[Path]:
    """A socket that answers one request as a Docker daemon does."""
    path = tmp_path / "d.sock"
    body = b'{"Arch": "arm64"}'
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

        thread = threading.Thread(target=answer)
        thread.start()
        yield path
        thread.join()


def test_the_architecture_of_a_daemon(engine_socket: Path) -> None:
    assert architecture_of(f"unix://{engine_socket}") == "arm64"


def test_a_daemon_behind_ssh_is_not_asked() -> None:
    assert architecture_of("ssh://builder") == ""


@pytest.mark.parametrize("host", ["unix:///not/there.sock", "tcp://127.0.0.1:1", "tcp://127.0.0.1:99999999"])
def test_no_daemon(host: str) -> None:
    with pytest.raises(NoDaemon):
        architecture_of(host)


def test_the_command_stops_before_pulumi(stack: MakeStack, capfd: pytest.CaptureFixture[str]) -> None:
    stack("error: not logged in")
    assert main(["pulumi", "up", "--stack", "dev", "--yes"]) == 1
    shown = capfd.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("error: Pulumi is not logged in (not logged in)")


@pytest.mark.parametrize("yes", [["--yes"], ["-y"], ["--yes=true"], ["-yf"], ["--skip-preview"]])
def test_without_a_terminal_a_confirmation_is_needed(
    stack: MakeStack,
    answers: object,
    daemon: object,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    yes: list[str],
) -> None:
    stack()
    assert main(["pulumi", "up", "-s", "dev"]) == 1
    assert (
        capfd.readouterr().err
        == "error: stdin is not a terminal; pass --yes to confirm (with make: ARGS=--yes)\n"
    )
    assert main(["pulumi", "up", "--stack=dev", "--yes=false"]) == 1
    assert main(["pulumi", "up", "-s", "dev", *yes]) == 0
    assert capfd.readouterr().out == f"ran up -s dev {' '.join(yes)}\n"
    monkeypatch.setenv("PULUMI_SKIP_CONFIRMATIONS", "true")
    assert main(["pulumi", "update", "-s", "dev"]) == 0


@pytest.mark.parametrize(
    "arguments", [["up", "--help"], ["up", "-h"], ["destroy", "--remote", "url"], ["version"]]
)
def test_what_runs_nothing_here_is_not_checked(stack: MakeStack, arguments: list[str]) -> None:
    stack("error: not logged in")
    assert main(["pulumi", *arguments]) == 0


PROTECTED = '{"deployment": {"resources": [{"urn": "u", "type": "t", "protect": true}]}}'


@pytest.mark.parametrize(
    "arguments",
    [
        ["destroy", "-s", "dev", "-y", "-f"],
        ["destroy", "-yf", "-s", "dev"],
        ["down", "--stack", "dev", "--skip-preview=true"],
        ["dn", "-s", "acme/demo/dev", "-C", ".", "--yes", "--skip-preview"],
    ],
)
def test_a_protected_stack_is_not_destroyed_without_a_preview(
    stack: MakeStack, answers: object, capfd: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    stack(state=PROTECTED)
    assert main(["pulumi", *arguments]) == 1
    shown = capfd.readouterr()
    assert shown.out == ""
    assert "run it without --skip-preview" in shown.err


@pytest.mark.parametrize(
    ("state", "arguments"),
    [
        (PROTECTED, ["destroy", "-s", "dev", "--yes"]),
        (PROTECTED, ["destroy", "-s", "dev", "--yes", "--skip-preview=false"]),
        (PROTECTED, ["up", "-s", "dev", "--yes", "--skip-preview"]),
        (PROTECTED.replace("true", "false"), ["destroy", "-s", "dev", "--yes", "--skip-preview"]),
    ],
)
def test_what_is_not_refused(
    stack: MakeStack, answers: object, daemon: object, state: str, arguments: list[str]
) -> None:
    stack(state=state)
    assert main(["pulumi", *arguments]) == 0


def test_flags_that_are_set_by_variables(
    stack: MakeStack,
    answers: object,
    daemon: object,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    stack(state=PROTECTED)
    monkeypatch.setenv("PULUMI_OPTION_YES", "true")
    assert main(["pulumi", "up", "-s", "dev"]) == 0
    monkeypatch.setenv("PULUMI_OPTION_SKIP_PREVIEW", "true")
    assert main(["pulumi", "destroy", "-s", "dev"]) == 1
    assert "run it without --skip-preview" in capfd.readouterr().err


def test_a_project_that_cannot_be_read_is_not_a_missing_login(stack: MakeStack, tmp_path: Path) -> None:
    made = stack("error: could not unmarshal")
    for name in ("Pulumi.dev.yaml", "Pulumi.yaml"):
        (tmp_path / name).write_text("name: [1\n")
        (missing,) = said("up", made)
        assert missing.startswith(f"{tmp_path / name}:")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-400, "this machine's clock is 400 s behind AWS; set this machine's clock by NTP"),
        (400, "this machine's clock is 400 s ahead of AWS; set this machine's clock by NTP"),
        (20, ""),
    ],
)
def test_a_clock_that_differs_from_that_of_aws_is_a_warning(
    stack: MakeStack, monkeypatch: pytest.MonkeyPatch, seconds: int, said: str
) -> None:
    answer = {
        "Arn": "arn:aws:iam::1:user/me",
        "ResponseMetadata": {"HTTPHeaders": {"date": "Sun, 29 Nov 2026 12:00:00 GMT"}},
    }
    monkeypatch.setattr("moorage.rollout.aws.asked", lambda what: answer)  # pyright: ignore
    monkeypatch.setattr("time.time", lambda: NOON + seconds)
    monkeypatch.setenv("AWS_PROFILE", "shop")
    met, *warnings = credentials(stack(settings="config:\n  aws:region: eu-west-1\n"))
    assert met == ok("arn:aws:iam::1:user/me in eu-west-1, profile shop")
    assert [(item.level, str(item).startswith(said)) for item in warnings] == (
        [(Level.WARNING, True)] if said else []
    )


def test_a_signature_that_the_clock_makes_invalid(
    stack: MakeStack, answers: Callable[[Exception], None]
) -> None:
    answers(
        Denied("the AWS credentials are not accepted: Signature expired: 20261129T120000Z is now earlier")
    )
    (missing,) = said("preview", stack())
    assert missing.endswith(
        "set this machine's clock by NTP; AWS refuses requests that are more than 5 minutes off"
    )


def test_an_invalid_stack_file_is_the_only_problem(stack: MakeStack) -> None:
    (missing,) = said("up", stack(settings="config: ["))
    assert "Pulumi.dev.yaml" in missing
    assert missing.endswith("; correct the file")
