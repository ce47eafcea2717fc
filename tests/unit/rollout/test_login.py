"""Whose credentials a rollout is followed with: those that the stack's configuration gives the provider."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import pulumi
import pytest
from support.engine import Engine
from support.scripted_aws import ScriptedAws

import moorage
from moorage.rollout import login as logins
from moorage.rollout.ask import Denied
from moorage.rollout.aws import asked
from moorage.rollout.login import Login, Role, configured, session

FIRST, SECOND = "arn:aws:iam::123456789012:role/first", "arn:aws:iam::123456789012:role/second"


class Sts:
    """A security token service on this machine: what it was asked, and by whom."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.by: list[str] = []
        self.denies = False
        self.lives = timedelta(hours=1)
        sts = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                sts.asked.append({key: value for key, (value,) in body.items()})
                sts.by.append(self.headers["Authorization"].partition("Credential=")[2].partition("/")[0])
                answer = sts.answer().encode()
                self.send_response(403 if sts.denies else 200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def answer(self) -> str:
        if self.denies:
            text = "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: sts:AssumeRole"
            error = f"<Type>Sender</Type><Code>AccessDenied</Code><Message>{text}</Message>"
            return f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
        ends = (datetime.now(UTC) + self.lives).isoformat()
        keys = f"<AccessKeyId>ASSUMED{len(self.asked)}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
        inside = f"{keys}<SessionToken>t</SessionToken><Expiration>{ends}</Expiration>"
        result = f"<AssumeRoleResult><Credentials>{inside}</Credentials></AssumeRoleResult>"
        return f"<AssumeRoleResponse>{result}</AssumeRoleResponse>"


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sts]:
    made = Sts()
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{made.server.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    logins._assumed.cache_clear()
    yield made
    logins._assumed.cache_clear()
    made.server.shutdown()
    made.thread.join()
    made.server.server_close()


def _config(**given: Any) -> Any:
    names = ("profile", "access_key", "secret_key", "token", "assume_roles")
    return SimpleNamespace(**{**dict.fromkeys(names), **given})


def _key(login: Login) -> str:
    return session(login, "eu-central-1").get_credentials().get_frozen_credentials().access_key


def test_what_the_configuration_says() -> None:
    roles = [
        {
            "roleArn": FIRST,
            "sessionName": "ci",
            "externalId": "77",
            "duration": "1h30m",
            "policyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
            "tags": {"team": "notes"},
        },
        {"role_arn": SECOND},
        {},
    ]
    assert configured(_config()) == Login()
    assert configured(_config(profile="ci", assume_roles=json.dumps(roles))) == Login(
        profile="ci",
        roles=(
            Role(
                FIRST,
                session_name="ci",
                external_id="77",
                seconds=5400,
                policy_arns=("arn:aws:iam::aws:policy/ReadOnlyAccess",),
                tags=(("team", "notes"),),
            ),
            Role(SECOND),
        ),
    )


def test_keys_of_the_configuration_go_before_those_around() -> None:
    login = configured(_config(access_key="AKIDCONFIG", secret_key="hidden", token="also"))
    assert _key(login) == "AKIDCONFIG"
    assert "AKIDCONFIG" not in repr(login)
    assert "hidden" not in repr(login)


def test_roles_are_assumed_one_after_the_other_and_once(sts: Sts) -> None:
    login = Login(roles=(Role(FIRST, session_name="ci", external_id="77", seconds=5400), Role(SECOND)))
    assert [_key(login), _key(login)] == ["ASSUMED2", "ASSUMED2"]
    assert sts.by == ["AKIDEXAMPLE", "ASSUMED1"]
    first, second = sts.asked
    assert (first["RoleArn"], second["RoleArn"]) == (FIRST, SECOND)
    assert (first["RoleSessionName"], first["ExternalId"], first["DurationSeconds"]) == ("ci", "77", "5400")


def test_credentials_that_run_out_are_renewed(sts: Sts) -> None:
    login = Login(roles=(Role(FIRST),))
    sts.lives = timedelta(minutes=5)
    assert [_key(login), _key(login)] == ["ASSUMED1", "ASSUMED2"]


def test_a_role_that_may_not_be_assumed_is_named(sts: Sts) -> None:
    sts.denies = True
    with pytest.raises(Denied, match="user/ci is not authorized") as caught:
        asked(lambda: _key(Login(roles=(Role(FIRST),))))

    assert caught.value.action == "sts:AssumeRole"


def test_a_program_whose_provider_assumes_a_role(sts: Sts, scripted: ScriptedAws) -> None:
    sts.denies = True

    def program() -> None:
        network = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": network.ref})
        moorage.ContainerApp("notes", {"cluster": cluster.ref, "network": network.ref, "image": "nginx:1"})

    engine = Engine(preview=False)
    with pytest.raises(pulumi.RunError, match=r"^notes: rollout failed$"):
        engine.run(program, assumeRoles=json.dumps([{"roleArn": FIRST}]))
    engine.server.stop(grace=5).wait()

    (error,) = engine.lines("notes", "error")
    first, *_, last = error.splitlines()
    assert first == "whether shop-dev-notes:1 runs is not known: sts:AssumeRole is not allowed"
    assert last == (
        "what to do: let these credentials assume the roles in `aws:assumeRoles`, as the provider does; "
        "or set `verify` to false to deploy without verification"
    )
    assert scripted.calls == []
    assert [asked["RoleArn"] for asked in sts.asked] == [FIRST]
