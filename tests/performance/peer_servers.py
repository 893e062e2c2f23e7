"""Servers that people would use instead, for the length of a bench: each in its own folder, on a unix socket.

Each is ended by its process id and leaves nothing behind. They run as an unprivileged user, as they insist on
it or should: as whoever starts the bench, or where that is root as `postgres` or `nobody`.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.performance.processes import ended

STARTS_WITHIN_S = 30.0
_DEBIAN = Path("/usr/lib/postgresql")
_USERS = ("postgres", "nobody")


class NotHere(Exception):
    """This peer is not on this machine; the text says what to install."""


def find(name: str, *folders: Path) -> Path:
    """A program of a peer; NotHere with its package."""
    for folder in folders:
        if os.access(folder / name, os.X_OK):
            return folder / name
    found = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin")))
    if found is None:
        raise NotHere(f"{name} is not on this machine (Debian: {_PACKAGES[name]})")
    return Path(found)


_PACKAGES = {
    "redis-server": "redis-server",
    "initdb": "postgresql-15-postgis-3",
    "postgres": "postgresql-15-postgis-3",
    "psql": "postgresql-client-15",
    "mosquitto_sub": "mosquitto-clients",
}


def postgres_folders() -> tuple[Path, ...]:
    """Where Debian keeps the programs of each PostgreSQL, the newest first."""
    found = _DEBIAN.glob("*/bin") if _DEBIAN.is_dir() else ()
    return tuple(sorted(found, key=lambda one: int(one.parent.name), reverse=True))


def _unprivileged() -> str | None:
    """Whose name a server gets; None: it keeps the one of whoever starts it."""
    if os.geteuid() != 0:
        return None
    known = {one.pw_name for one in pwd.getpwall()}
    return next((name for name in _USERS if name in known), None)


@contextmanager
def _own_folder() -> Iterator[tuple[Path, str | None]]:
    """A folder of the unprivileged user, and that user; a socket's path must be short."""
    user = _unprivileged()
    with tempfile.TemporaryDirectory(prefix="czt-peer-", dir="/tmp") as name:
        if user is not None:
            shutil.chown(name, user)
        yield Path(name), user


@contextmanager
def _served(command: Sequence[str], folder: Path, user: str | None, there: Path) -> Iterator[None]:
    """The server until the block ends, from the moment its socket is there."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, user=user, start_new_session=True
        )
    with ended(process):
        until = time.monotonic() + STARTS_WITHIN_S
        while not there.exists():
            if process.poll() is not None or time.monotonic() > until:
                words = (folder / "log").read_text("utf-8", "replace").splitlines()
                raise RuntimeError(f"{command[0]} did not start: {' / '.join(words[-3:])}")
            time.sleep(0.02)
        yield


class RedisWire:
    """Speaks to Redis over its socket and no more: a client library would only be slower."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._reading = self._socket.makefile("rb")

    def send(self, *words: object) -> None:
        """One command, without waiting for its answer."""
        self._socket.sendall(self.command(*words))

    @staticmethod
    def command(*words: object) -> bytes:
        """A command as it goes over the wire."""
        told = [str(word).encode() for word in words]
        return b"*%d\r\n" % len(told) + b"".join(b"$%d\r\n%s\r\n" % (len(one), one) for one in told)

    def ask(self, *words: object) -> object:
        """One command and its answer: a number, a text or a list; RuntimeError when it is refused."""
        self.send(*words)
        return self.answer()

    def answer(self) -> object:
        line = self._reading.readline()
        kind, rest = line[:1], line[1:-2]
        match kind:
            case b"*":
                return [self.answer() for _ in range(int(rest))]
            case b"$":
                return self._reading.read(int(rest) + 2)[:-2].decode()
            case b":":
                return int(rest)
            case b"+":
                return rest.decode()
            case _:
                raise RuntimeError(f"redis says {line!r}")

    def close(self) -> None:
        self._reading.close()
        self._socket.close()


@contextmanager
def redis() -> Iterator[RedisWire]:
    """A Redis without persistence; NotHere."""
    program = find("redis-server")
    with _own_folder() as (folder, user):
        there = folder / "redis.sock"
        said = {"port": "0", "unixsocket": str(there), "save": "", "appendonly": "no", "dir": str(folder)}
        command = [str(program), *(word for name, value in said.items() for word in (f"--{name}", value))]
        with _served(command, folder, user, there):
            wire = RedisWire(there)
            try:
                yield wire
            finally:
                wire.close()


class Psql:
    """Runs scripts through psql, which times each statement itself."""

    def __init__(self, program: Path, folder: Path, user: str | None) -> None:
        self._command = [str(program), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", str(folder)]
        self._command += ["-U", "bench", "-d", "postgres"]
        self._user, self._folder = user, folder

    def run(self, script: str) -> str:
        """What it prints; RuntimeError with its last words when a statement fails."""
        done = subprocess.run(
            self._command, input=script, capture_output=True, text=True, check=False, user=self._user,
            cwd=self._folder, env={"PATH": "/usr/bin:/bin", "PGOPTIONS": "", "LC_ALL": "C"},
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr.strip()[-300:])
        return done.stdout


@contextmanager
def postgres() -> Iterator[Psql]:
    """A PostgreSQL with PostGIS that listens on its socket only; NotHere."""
    folders = postgres_folders()
    initdb, server, psql = (find(name, *folders) for name in ("initdb", "postgres", "psql"))
    with _own_folder() as (folder, user):
        data = folder / "data"
        subprocess.run(
            [str(initdb), "-D", str(data), "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
            check=True, capture_output=True, user=user, cwd=folder,
        )  # fmt: skip
        command = [str(server), "-D", str(data), "-k", str(folder), "-h", "", "-c", "fsync=off"]
        with _served(command, folder, user, folder / ".s.PGSQL.5432"):
            client = Psql(psql, folder, user)
            _wait(client)
            try:
                client.run("CREATE EXTENSION postgis;")
            except RuntimeError as error:
                raise NotHere(
                    f"PostGIS is not on this machine (Debian: postgresql-15-postgis-3): {error}"
                ) from None
            yield client


def _wait(client: Psql) -> None:
    """Its socket is there a moment before it takes statements."""
    until = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            client.run("SELECT 1;")
        except RuntimeError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
