"""The one DynamoDB table: accounts, notes, the shared signing key, log-in attempts.

| What | pk | sk |
|---|---|---|
| account | `USER#<name>` | `ACCOUNT` |
| note | `NOTES#<name>` | `<milliseconds>-<random>`, so that the newest sorts last |
| signing key | `CONFIG` | `SIGNING-KEY` |
| log-in attempts | `ATTEMPTS#<bucket>` | `ATTEMPTS` |
"""

import re
import secrets
import time
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from threading import Lock
from typing import Any

NOTE_ID = re.compile(r"\d{13}-[0-9a-f]{8}")
ATTEMPT_BUCKETS = 65536
"""Attempts are counted per bucket of names: guessing at names that do not exist cannot fill the table."""


class StoreUnavailable(Exception):
    """DynamoDB did not answer, or refused; the text says why and is for the log."""


class NameTaken(Exception):
    """Another account has this name."""


class NoteChanged(Exception):
    """The note was edited since it was read."""


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

    @cached_property
    def _client(self) -> Any:
        # boto3 takes half of the start-up time, and health checks do not need it.
        import boto3
        from botocore.config import Config

        config = Config(
            connect_timeout=2,
            read_timeout=5,
            retries={"mode": "standard", "max_attempts": 3},
            max_pool_connections=40,
        )
        # boto3 itself reads AWS_DEFAULT_REGION only, hence the region. Of a resource only the client may be
        # shared by threads; this one takes and gives plain Python values.
        return boto3.resource("dynamodb", region_name=self._region, config=config).meta.client

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any] | None:
        """The answer, or None when the condition given was not met."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            with self._lock:
                client = self._client
            return getattr(client, operation)(TableName=self.table, **arguments)
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
        """None when there is no such account."""
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
        """None when the user has no such note."""
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
        """Whether the user had such a note."""
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

    def count_attempt(self, name: str, window: int) -> int:
        """Add one attempt to log in as `name` in the numbered time window; returns how many there were."""
        key = {"pk": attempts_key(name), "sk": "ATTEMPTS"}
        answer = self._call(
            "update_item",
            Key=key,
            UpdateExpression="ADD attempts :one",
            ConditionExpression="#window = :window",
            ExpressionAttributeNames={"#window": "window"},
            ExpressionAttributeValues={":one": 1, ":window": window},
            ReturnValues="UPDATED_NEW",
        )
        if answer:
            return int(answer["Attributes"]["attempts"])
        self._call("put_item", Item={**key, "window": window, "attempts": 1})
        return 1

    def forget_attempts(self, name: str) -> None:
        """After a successful log-in."""
        self._call("delete_item", Key={"pk": attempts_key(name), "sk": "ATTEMPTS"})


def attempts_key(name: str) -> str:
    """The same bucket for a name in every task."""
    return f"ATTEMPTS#{zlib.crc32(name.encode()) % ATTEMPT_BUCKETS:04x}"


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
