"""Signing up and logging in."""

import time
from threading import BoundedSemaphore

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from .rules import NAME_PATTERN, PASSWORD_MAX, tidy_name
from .store import Store

# OWASP's Password Storage Cheat Sheet, the setting for little memory: a task may have 512 MiB in all.
HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1, type=Type.ID)
HASHES_AT_ONCE = 4
ATTEMPTS_MAX = 10
ATTEMPTS_WINDOW = 300
"""Seconds."""

# Belongs to no password; costs as much, so that an unknown name is refused no faster than a wrong password.
NOBODYS_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzLg$dGhpcyBpcyB0aGUgaGFzaCBvZiBubyBwYXNzd29yZC4"
)


class TooManyAttempts(Exception):
    """Too many failed log-ins for one name; `wait` is the seconds until the next may be tried."""

    def __init__(self, wait: int) -> None:
        """Keep the seconds."""
        super().__init__(f"Too many attempts to log in with this name. Try again in {minutes(wait)}.")
        self.wait = wait


class Accounts:
    """Passwords are kept as argon2id hashes only. Blocking: for worker threads."""

    def __init__(self, store: Store) -> None:
        """The accounts live in `store`."""
        self._store = store
        # Each hash takes 19 MiB while it is computed.
        self._slots = BoundedSemaphore(HASHES_AT_ONCE)

    def sign_up(self, name: str, password: str) -> None:
        """`name` and `password` have passed the rules. Raises NameTaken."""
        with self._slots:
            password_hash = HASHER.hash(password)
        self._store.add_account(name, password_hash)

    def log_in(self, name: str, password: str) -> str | None:
        """The account's name when the password is right, else None. Raises TooManyAttempts."""
        name = tidy_name(name)
        window, elapsed = divmod(int(time.time()), ATTEMPTS_WINDOW)
        # Counted before the password is looked at, so that parallel guesses count as well.
        if self._store.count_attempt(name, window) > ATTEMPTS_MAX:
            raise TooManyAttempts(ATTEMPTS_WINDOW - elapsed)
        known = self._store.password_hash(name) if NAME_PATTERN.fullmatch(name) else None
        if not self._verify(known or NOBODYS_HASH, password[:PASSWORD_MAX]) or not known:
            return None
        if len(password) > PASSWORD_MAX:
            return None
        self._store.forget_attempts(name)
        return name

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            with self._slots:
                return HASHER.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def minutes(seconds: int) -> str:
    """A wait in words."""
    whole = -(-seconds // 60)
    return "a minute" if whole == 1 else f"{whole} minutes"
