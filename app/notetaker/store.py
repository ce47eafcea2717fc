"""The one DynamoDB table: accounts, sessions, notes, the shared signing key, failed log-ins.

| What | pk | sk |
|---|---|---|
| account | `USER#<name>` | `ACCOUNT` |
| session | `SESSION#<hash of its id>` | `SESSION` |
| note | `NOTES#<name>` | `<milliseconds>-<random>`, so that the newest sorts last |
| signing key | `CONFIG` | `SIGNING-KEY` |
| failed log-ins | `FAILURES#<hash of the name or *>-<hash of the client or *>` | end of the hour |

Sessions and failed log-ins have the time of their end in `expires`: DynamoDB removes them some time later.
"""

import hashlib
import re
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from threading import Lock
from typing import Any

from .deadline import remaining

NOTE_ID = re.compile(r"\d{13}-[0-9a-f]{8}")
CONNECT_TIMEOUT, READ_TIMEOUT = 1, 2
"""Seconds for one try of one call."""
CALLS_AT_ONCE = 40
"""As many as there are worker threads."""


class StoreUnavailable(Exception):
    """DynamoDB did not answer, or refused; the text says why and is for the log."""


class NameTaken(Exception):
    """Another account has this name."""


class NoteChanged(Exception):
    """The note was edited since it was read."""


@dataclass(frozen=True)
class Counter:
    """Counts failed log-ins until `end`, in seconds since 1970."""

    key: str
    end: int

    @classmethod
    def of(cls, end: int, name: str | None = None, client: str | None = None) -> "Counter":
        """Return the counter of a name, of a client, or of a name and a client."""
        # Part by part: whatever a name contains, it is not the key of another name or of a client.
        return cls("-".join("*" if part is None else digest(part) for part in (name, client)), end)


@dataclass(frozen=True)
class Tally:
    """The state of a counter."""

    failures: int
    refused_until: int
    """Seconds since 1970; 0 when none was refused yet."""


@dataclass(frozen=True)
class Note:
    """One note of one user."""

    id: str
    text: str
    created: datetime
    edited: datetime | None
    version: int
    """Counts the edits, so that two people at two pages cannot overwrite each other unawares."""


class Store:
    """Blocking calls to DynamoDB: call them from a worker thread, never from the event loop."""

    def __init__(self, table: str, region: str | None = None) -> None:
        """Connects on first use; the table must exist."""
        self.table = table
        self._region = region
        self._lock = Lock()

    def connect(self) -> None:
        """Load the AWS SDK, which takes half of the start-up time and which health checks do not need."""
        from botocore.exceptions import BotoCoreError

        try:
            with self._lock:
                _ = self._client
        except BotoCoreError as error:
            raise StoreUnavailable(f"table {self.table!r}: {error}") from error

    @property
    def is_connected(self) -> bool:
        """True once the first call need not wait for the SDK."""
        return "_client" in vars(self)

    @cached_property
    def _client(self) -> Any:
        import boto3
        from botocore.config import Config

        config = Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"mode": "standard", "total_max_attempts": 2},
            max_pool_connections=CALLS_AT_ONCE,
        )
        # boto3 itself reads AWS_DEFAULT_REGION only, hence the region. Of a resource only the client may be
        # shared by threads; this one takes and gives plain Python values.
        return boto3.resource("dynamodb", region_name=self._region, config=config).meta.client

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any] | None:
        """The answer, or None when the condition given was not met."""
        from botocore.exceptions import BotoCoreError, ClientError

        self.connect()
        if remaining() <= 0:
            raise StoreUnavailable(f"table {self.table!r}: no time is left for {operation}")
        try:
            return getattr(self._client, operation)(TableName=self.table, **arguments)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
                return None
            raise StoreUnavailable(f"table {self.table!r}: {error}") from error
        except BotoCoreError as error:
            raise StoreUnavailable(f"table {self.table!r}: {error}") from error

    def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        # A read must see what another task wrote a moment ago.
        answer = self._call("get_item", Key={"pk": pk, "sk": sk}, ConsistentRead=True)
        return answer.get("Item") if answer else None

    # Accounts

    def add_account(self, name: str, password_hash: str) -> None:
        """Raises NameTaken; of two at the same moment exactly one succeeds."""
        item = {"pk": f"USER#{name}", "sk": "ACCOUNT", "password_hash": password_hash, "created": now()}
        if not self._call("put_item", Item=item, ConditionExpression="attribute_not_exists(pk)"):
            raise NameTaken(name)

    def password_hash(self, name: str) -> str | None:
        """None for an account that does not exist."""
        item = self._get(f"USER#{name}", "ACCOUNT")
        return item["password_hash"] if item else None

    # Notes: every key contains the user's name, so a forged id can only ever name a note of one's own.

    def notes(self, user: str, limit: int, before: str | None = None) -> tuple[list[Note], str | None]:
        """Up to `limit` notes, newest first, older than the note id `before`; and the next `before`."""
        condition, values = "pk = :pk", {":pk": f"NOTES#{user}"}
        if before and NOTE_ID.fullmatch(before):
            condition, values = f"{condition} AND sk < :before", {**values, ":before": before}
        items: list[dict[str, Any]] = []
        start: dict[str, Any] = {}
        while len(items) <= limit:
            answer = self._call(
                "query",
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                ScanIndexForward=False,
                ConsistentRead=True,
                Limit=limit + 1 - len(items),
                **start,
            )
            items += answer["Items"] if answer else []
            if not answer or "LastEvaluatedKey" not in answer:
                break
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        page = [to_note(item) for item in items[:limit]]
        return page, page[-1].id if len(items) > limit else None

    def note(self, user: str, note_id: str) -> Note | None:
        """None for a note that the user does not have."""
        item = self._get(f"NOTES#{user}", note_id) if NOTE_ID.fullmatch(note_id) else None
        return to_note(item) if item else None

    def add_note(self, user: str, text: str) -> Note:
        """Store a new note."""
        note_id = f"{time.time_ns() // 1_000_000:013d}-{secrets.token_hex(4)}"
        item = {"pk": f"NOTES#{user}", "sk": note_id, "text": text, "created": now(), "version": 1}
        self._call("put_item", Item=item)
        return to_note(item)

    def edit_note(self, user: str, note_id: str, text: str, version: int) -> None:
        """Replace the text. Raises NoteChanged when the note has another version by now, or is gone."""
        done = NOTE_ID.fullmatch(note_id) and self._call(
            "update_item",
            Key={"pk": f"NOTES#{user}", "sk": note_id},
            UpdateExpression="SET #text = :text, edited = :now, version = version + :one",
            ConditionExpression="version = :version",
            ExpressionAttributeNames={"#text": "text"},
            ExpressionAttributeValues={":text": text, ":now": now(), ":one": 1, ":version": version},
        )
        if not done:
            raise NoteChanged(note_id)

    def delete_note(self, user: str, note_id: str) -> bool:
        """Delete a note; return whether the user had it."""
        return bool(
            NOTE_ID.fullmatch(note_id)
            and self._call(
                "delete_item",
                Key={"pk": f"NOTES#{user}", "sk": note_id},
                ConditionExpression="attribute_exists(pk)",
            )
        )

    # What the tasks share

    def signing_key(self) -> str:
        """A random key that every task gets: the first to ask writes it."""
        key = {"pk": "CONFIG", "sk": "SIGNING-KEY"}
        item = self._get(**key)
        if not item:
            made = {**key, "value": secrets.token_urlsafe(48)}
            if self._call("put_item", Item=made, ConditionExpression="attribute_not_exists(pk)"):
                return made["value"]
            item = self._get(**key)
        if not item:
            raise StoreUnavailable(f"table {self.table!r}: the signing key was removed while it was read")
        return item["value"]

    # Sessions

    def start_session(self, session_id: str, user: str, seconds: int) -> None:
        """Store a session that ends by itself after `seconds`."""
        expires = int(time.time()) + seconds
        self._call("put_item", Item={**session_key(session_id), "user": user, "expires": expires})

    def session_user(self, session_id: str) -> str | None:
        """Return whose session this is, None when it has ended."""
        item = self._get(**session_key(session_id))
        return item["user"] if item and item["expires"] > time.time() else None

    def end_session(self, session_id: str) -> None:
        """End a session for every task."""
        self._call("delete_item", Key=session_key(session_id))

    # Failed log-ins

    def count_failure(self, counter: Counter) -> int:
        """Add one; returns how many there are."""
        tally = self._add_failure(counter, 1)
        return tally.failures if tally else 0

    def take_back_failure(self, counter: Counter) -> None:
        """Undo `count_failure` or `count_try`."""
        self._add_failure(counter, -1)

    def count_try(self, counter: Counter, now: int) -> Tally | None:
        """Add one, unless tries are refused at the moment: then None."""
        condition = "attribute_not_exists(refused_until) OR refused_until <= :now"
        return self._add_failure(counter, 1, condition, {":now": now})

    def refuse_until(self, counter: Counter, seen: Tally, until: int) -> bool:
        """Refuse further tries; False when another request has done so since `seen`."""
        unchanged = "refused_until = :seen" if seen.refused_until else "attribute_not_exists(refused_until)"
        values = {":until": until, **({":seen": seen.refused_until} if seen.refused_until else {})}
        answer = self._call(
            "update_item",
            Key=failures_key(counter),
            UpdateExpression="SET refused_until = :until",
            ConditionExpression=unchanged,
            ExpressionAttributeValues=values,
        )
        return answer is not None

    def refused_until(self, counter: Counter) -> int:
        """Return the time, in seconds since 1970, before which tries are refused."""
        item = self._get(**failures_key(counter))
        return int(item.get("refused_until", 0)) if item else 0

    def _add_failure(
        self, counter: Counter, count: int, condition: str = "", values: dict[str, int] | None = None
    ) -> Tally | None:
        answer = self._call(
            "update_item",
            Key=failures_key(counter),
            UpdateExpression="ADD failures :count SET expires = :expires",
            **({"ConditionExpression": condition} if condition else {}),
            ExpressionAttributeValues={":count": count, ":expires": counter.end, **(values or {})},
            ReturnValues="ALL_NEW",
        )
        if answer is None:
            return None
        item = answer["Attributes"]
        return Tally(int(item["failures"]), int(item.get("refused_until", 0)))


def digest(text: str) -> str:
    """Return a key of fixed length, whatever was entered."""
    return hashlib.sha256(text.encode()).hexdigest()


def session_key(session_id: str) -> dict[str, str]:
    """The table holds no id that a cookie could be made of."""
    return {"pk": f"SESSION#{digest(session_id)}", "sk": "SESSION"}


def failures_key(counter: Counter) -> dict[str, str]:
    """An item per hour, so that counting starts anew by itself."""
    return {"pk": f"FAILURES#{counter.key}", "sk": str(counter.end)}


def now() -> str:
    """UTC, to the second, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def to_note(item: dict[str, Any]) -> Note:
    """From a table item."""
    edited = item.get("edited")
    return Note(
        id=item["sk"],
        text=item["text"],
        created=datetime.fromisoformat(item["created"]),
        edited=datetime.fromisoformat(edited) if edited else None,
        version=int(item["version"]),
    )
