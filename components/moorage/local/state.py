"""Files and state of a local run, under `.moorage/` of the project."""

import contextlib
import fcntl
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

from moorage.errors import LocalError

from . import private


class Paths:
    """The files of one project and stack."""

    def __init__(self, project_dir: Path, stack: str) -> None:
        """Choose the paths; `make` makes the folders."""
        self.project_dir, self.stack = project_dir, stack
        self.root = project_dir / ".moorage"
        """Shared by the project's stacks."""
        self.images = self.root / "images"
        """Copies of build contexts."""
        self.venvs = self.root / "venvs"
        """Virtual environments, by their requirements."""
        self.home = self.root / stack
        """The stack's own folder."""
        self.state = self.home / "state.json"
        """Revisions and ports, as JSON."""
        self.groups = self.home / "groups"
        """Process groups of the running supervisor."""
        self.log = self.home / "supervisor.log"
        """The supervisor's own log."""
        self.logs = self.home / "logs"
        """The output of the tasks."""
        self.data = self.home / "data"
        """The data of the data services."""
        self.key = hashlib.sha256(f"{project_dir.resolve()}\0{stack}".encode()).hexdigest()[:16]
        """The key of this project and stack on this machine."""

    @property
    def socket(self) -> Path:
        """The supervisor's control socket; its path is short, since Unix allows about 100 bytes."""
        return runtime_dir() / f"{self.key}.sock"

    def make(self) -> None:
        """Make the folders, private to this user and ignored by git."""
        private.make_folder(self.root)
        private.make_folder(self.home)
        private.close_all(self.root, omit=(self.images, self.venvs))
        ignore = self.root / ".gitignore"
        if not ignore.exists():
            private.write_text(ignore, "*\n")

    @contextlib.contextmanager
    def lock(self) -> Generator[int | None]:
        """Hold the stack's lock for the length of the block; yield None when another process has it.

        Yields its file descriptor: a process that inherits it holds the lock too.
        """
        with private.open_file(self.home / "lock", "a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
            else:
                yield file.fileno()


def runtime_dir() -> Path:
    """Return a folder for sockets that only this user can enter.

    Raises:
        LocalError: someone else owns it.
    """
    base = os.environ.get("XDG_RUNTIME_DIR")
    if base and len(base) < 60 and Path(base).is_dir():
        folder = Path(base, "moorage")
    else:
        folder = Path(
            "/tmp" if len(tempfile.gettempdir()) > 60 else tempfile.gettempdir(), f"moorage-{os.getuid()}"
        )
    folder.mkdir(mode=0o700, exist_ok=True)
    info = folder.lstat()
    if info.st_uid != os.getuid() or stat.S_IMODE(info.st_mode) & 0o077 or not stat.S_ISDIR(info.st_mode):
        raise LocalError(
            f"{folder} is not a folder of this user with mode 0700: remove it, or set XDG_RUNTIME_DIR"
        )
    return folder


def cache_dir() -> Path:
    """Return the folder of what the user's projects share, such as the environment of the data services."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "moorage"


class State:
    """State that outlives a supervisor: revisions of families, and ports."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            LocalError: the file is corrupt.
        """
        self._path = path
        self._values: dict[str, Any] = {"families": {}, "ports": {}, "data": {}, "jobs": {}}
        try:
            values: Any = json.loads(path.read_text())
            if not isinstance(values, dict):
                raise ValueError("not a JSON object")
            read = self._values | cast("dict[str, Any]", values)
            if not all(isinstance(value, dict) for value in read.values()):
                raise ValueError("its values must be objects")
            self._values = read
        except FileNotFoundError:
            return
        except (ValueError, OSError) as error:
            raise LocalError(
                f"{path} cannot be read ({error}): remove it and run `moorage local up` again; revisions "
                "then start at 1, data is not touched"
            ) from None

    def revision(self, family: str, fingerprint: str) -> int:
        """Return the revision of a fingerprint; a new fingerprint gets the next one."""
        revisions: dict[str, int] = self._values["families"].setdefault(family, {})
        if fingerprint not in revisions:
            revisions[fingerprint] = max(revisions.values(), default=0) + 1
            for old in sorted(revisions, key=lambda item: revisions[item])[:-100]:
                del revisions[old]
            self._save()
        return revisions[fingerprint]

    def port(self, key: str) -> int | None:
        """Return the local port that a listener had in the last run."""
        port = self._values["ports"].get(key)
        return port if isinstance(port, int) else None

    @property
    def ports(self) -> list[int]:
        """The local ports of the last run, without the one of the data services."""
        ports: dict[str, Any] = self._values["ports"]
        return [port for key, port in ports.items() if key != "data" and isinstance(port, int)]

    def remember_port(self, key: str, port: int) -> None:
        """Keep a listener's local port for the next run."""
        self._keep("ports", self._values["ports"] | {key: port})

    @property
    def data(self) -> tuple[str, str] | None:
        """Account and region of the data services; None if the last run had none."""
        values: dict[str, str] = self._values["data"]
        return (values["account"], values["region"]) if values else None

    def remember_data(self, account: str, region: str) -> None:
        """Keep the account and region of the data services."""
        self._keep("data", {"account": account, "region": region})

    def has_succeeded(self, family: str, fingerprint: str) -> bool:
        """Return whether the last job of a family that succeeded had this fingerprint."""
        return self._values["jobs"].get(family) == fingerprint

    def remember_success(self, family: str, fingerprint: str) -> None:
        """Record that a job succeeded."""
        self._keep("jobs", self._values["jobs"] | {family: fingerprint})

    def forget_successes(self) -> None:
        """Forget which jobs succeeded: their effects are gone with the data."""
        self._keep("jobs", {})

    def _keep(self, name: str, values: dict[str, Any]) -> None:
        if self._values[name] != values:
            self._values[name] = values
            self._save()

    def _save(self) -> None:
        private.write_text(self._path, json.dumps(self._values, indent=1, sort_keys=True) + "\n")
