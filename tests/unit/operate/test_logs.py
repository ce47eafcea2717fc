"""The log of tasks on AWS: the last lines, and what follows, each once."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from support import running_app as words
from support.fixtures import RunMoorage
from support.scripted_aws import ScriptedAws

from moorage.operate.apps import App
from moorage.operate.aws.logs import LATE, AwsLogs
from moorage.operate.place import LogSelection
from moorage.rollout.aws import Asker

NOW = 1_800_000_000.0


def event(second: float, text: str, task: str = "a" * 32, *, arrives: float | None = None) -> dict[str, Any]:
    """Return a line that was printed so many seconds from now, and can be read from `arrives` on."""
    return {
        "logStreamName": f"notes/notes/{task}",
        "timestamp": int((NOW + second) * 1000),
        "ingestionTime": int((NOW + (second if arrives is None else arrives)) * 1000),
        "message": text + "\n",
        "eventId": text,
    }


class World:
    """A log group, and a time that passes only by sleeping."""

    def __init__(self, scripted: ScriptedAws, events: list[dict[str, Any]]) -> None:
        self.now, self.events, self.scripted = NOW, events, scripted
        self.until = NOW + 30
        scripted.answers["FilterLogEvents"] = self.page
        app = App("notes", words.CLUSTER, "notes-1a2b", "notes", "notes-logs", "notes")
        self.app = (app, Asker("eu-central-1", None))

    def page(self, asked: dict[str, Any]) -> dict[str, Any]:
        known = [
            item
            for item in self.events
            if item["timestamp"] >= asked["startTime"] and item["ingestionTime"] <= self.now * 1000
        ]
        start = int(asked.get("nextToken", "0"))
        more = {"nextToken": str(start + 2)} if start + 2 < len(known) else {}
        return {"events": known[start : start + 2], **more}

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.now > self.until:
            raise KeyboardInterrupt

    def read(self, **wanted: Any) -> list[str]:
        asked = LogSelection(("notes",), **({"tail": 100} | wanted))
        read: list[str] = []
        try:
            for line in AwsLogs([self.app], asked, now=lambda: self.now, sleep=self.sleep).lines():
                read.append(line.text)
        except KeyboardInterrupt:
            return read
        return read


@pytest.fixture
def world(scripted: ScriptedAws) -> Callable[..., World]:
    return lambda *events: World(scripted, list(events))


def test_the_last_lines_of_all_tasks_in_their_order(world: Callable[..., World]) -> None:
    lines = [event(-50 + n, f"line {n}", "ab"[n % 2] * 32) for n in range(9)]
    assert world(*lines[::2], *lines[1::2]).read(tail=4) == ["line 5", "line 6", "line 7", "line 8"]
    assert world(*lines).read(task="bb") == ["line 1", "line 3", "line 5", "line 7"]
    assert world(*lines).read(tail=0) == []


def test_it_looks_back_until_there_are_lines_enough(world: Callable[..., World]) -> None:
    old = [event(-5 * 86400, "five days"), event(-7200, "two hours"), event(-60, "a minute")]
    assert world(*old).read(tail=2) == ["two hours", "a minute"]
    assert world(*old).read(tail=9) == ["five days", "two hours", "a minute"]
    assert world(*old).read(since=600.0) == ["a minute"]


def test_what_follows_is_told_once_also_when_it_comes_late(world: Callable[..., World]) -> None:
    events = [
        event(-1, "before"),
        event(1, "one"),
        event(1, "same moment"),
        event(5, "three"),
        event(2, "late", arrives=2 + LATE / 3),
        event(-2, "printed before, read after", arrives=3),
    ]
    read = world(*events).read(follow=True)
    assert sorted(read) == sorted(item["eventId"] for item in events)
    assert read[0] == "before"


def test_following_tells_nothing_of_before_when_none_is_wanted(world: Callable[..., World]) -> None:
    events = [event(-40, "old"), event(-3, "before"), event(3, "after")]
    assert world(*events).read(follow=True, tail=0) == ["after"]
    assert world(*events).read(follow=True, since=10.0) == ["before", "after"]


def test_an_answer_that_fails_loses_no_line(
    world: Callable[..., World], capsys: pytest.CaptureFixture[str]
) -> None:
    it = world(*(event(n, f"line {n}") for n in range(1, 25)))
    throttled = words.Failure("ThrottlingException", "Rate exceeded")
    answers = it.page
    it.scripted.answers["FilterLogEvents"] = lambda asked: (
        throttled if NOW + 6 < it.now < NOW + 16 else answers(asked)
    )
    assert it.read(follow=True) == [f"line {n}" for n in range(1, 25)]
    assert "retrying: ThrottlingException" in capsys.readouterr().err


def test_a_group_without_a_line_yet(world: Callable[..., World]) -> None:
    it = world()
    it.scripted.answers["FilterLogEvents"] = words.Failure("ResourceNotFoundException", "no such group")
    assert it.read() == []


def test_the_verb(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    line = {**event(0, "hello"), "timestamp": int(words.ago(5).timestamp() * 1000)}
    scripted.answers["FilterLogEvents"] = {"events": [line]}
    shown = moorage_on_aws("logs", "--since", "10m")
    assert (shown.code, shown.out.endswith(" notes/aaaaaaaa hello\n")) == (0, True)
    (asked,) = scripted.asked("FilterLogEvents")
    assert (asked["logGroupName"], asked["logStreamNamePrefix"]) == ("notes-logs", "notes/")
    (record,) = [json.loads(text) for text in moorage_on_aws("logs", "notes", "--json").out.splitlines()]
    assert (record["version"], record["task"], record["text"]) == (1, "a" * 32, "hello")


def test_the_verb_without_the_permission(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    scripted.answers["FilterLogEvents"] = words.denied("logs:FilterLogEvents")
    shown = moorage_on_aws("logs")
    assert (shown.code, "logs:FilterLogEvents is not allowed" in shown.err) == (3, True)


def test_a_duration_that_is_none(moorage_on_aws: RunMoorage) -> None:
    refused = moorage_on_aws("logs", "--since", "soon")
    assert (refused.code, "'soon' is not a duration such as 30s, 10m, 2h or 1d" in refused.err) == (2, True)
