"""The log of tasks on AWS, from CloudWatch Logs.

Read with FilterLogEvents, not with StartLiveTail, which omits lines above 500 per second and ends after three
hours ("CloudWatch Logs Live Tail").
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from moorage.console import say
from moorage.operate.apps import App
from moorage.operate.place import LogSelection
from moorage.rollout.ask import Unreachable
from moorage.rollout.aws import Asker, ignoring
from moorage.rollout.logs import LogLine

POLL = 2.0
"""Seconds between two requests for new lines."""

LATE = 60.0
"""Seconds by which a line may arrive later than its timestamp; each request reaches that far back."""

_PATIENCE = 30
"""Consecutive requests that may remain unanswered."""

_BACK = (600.0, 3600.0, 6 * 3600.0, 86400.0, 7 * 86400.0)
"""Seconds to look back, in steps until there are enough lines."""


@dataclass(frozen=True, slots=True)
class _Event:
    id: str
    line: LogLine


class AwsLogs:
    """The log groups of some apps, with their lines in order of time."""

    def __init__(
        self,
        apps: Sequence[tuple[App, Asker]],
        selection: LogSelection,
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Read the groups of `apps`; `now` and `sleep` are in seconds."""
        self._apps, self._selection, self._now, self._sleep = apps, selection, now, sleep

    def lines(self) -> Iterator[LogLine]:
        """Yield the last lines, then new ones if they are followed."""
        begun = self._now()
        last = self._last(begun)
        for event in last[-self._selection.tail :] if self._selection.tail else []:
            yield event.line
        if self._selection.follow:
            yield from self._follow(begun, last)

    def _last(self, begun: float) -> list[_Event]:
        """Return past lines, as far back as requested or needed."""
        if self._selection.since is not None:
            return self._between(begun - self._selection.since)
        events: list[_Event] = []
        for back in _BACK if self._selection.tail else (LATE,):
            events = self._between(begun - back)
            if len(events) >= self._selection.tail:
                break
        return events

    def _follow(self, begun: float, before: Sequence[_Event]) -> Iterator[LogLine]:
        # Lines from before the beginning have been printed, or exceed the requested number.
        seen: dict[str, float] = {event.id: event.line.time for event in before}
        first = begun - (LATE if self._selection.since is None else self._selection.since)
        looked, unanswered = begun, 0
        while True:
            self._sleep(POLL)
            now = self._now()
            try:
                events = self._between(max(looked - LATE, first))
            except Unreachable as error:
                unanswered += 1
                if unanswered >= _PATIENCE:
                    raise
                say(f"AWS does not answer, retrying: {error}", stderr=True)
                continue
            for event in events:
                if event.id not in seen:
                    seen[event.id] = event.line.time
                    yield event.line
            looked, unanswered = now, 0
            seen = {event_id: moment for event_id, moment in seen.items() if moment >= looked - 2 * LATE}

    def _between(self, since: float) -> list[_Event]:
        """Return the lines of all apps since a moment, oldest first."""
        events = [event for app, ask in self._apps for event in self._events(app, ask, since)]
        return sorted(events, key=lambda event: event.line.time)

    def _events(self, app: App, ask: Asker, since: float) -> Iterator[_Event]:
        asked: dict[str, Any] = {"logGroupName": app.log_group, "startTime": max(0, int(since * 1000))}
        if app.stream_prefix:
            asked["logStreamNamePrefix"] = f"{app.stream_prefix}/"
        # The program creates the group; the first line of a task creates its stream.
        with ignoring("ResourceNotFoundException"):
            for event in ask.every("logs", "filter_log_events", "events", **asked):
                _, container, task = (["", "", *str(event.get("logStreamName", "")).split("/")])[-3:]
                if task.startswith(self._selection.task):
                    text = str(event.get("message", "")).rstrip("\r\n")
                    line = LogLine(event.get("timestamp", 0) / 1000, app.name, task, container, text)
                    yield _Event(str(event["eventId"]), line)
