"""Backups of a data folder: every database copied while it is in use, checked, and only then called good.

A backup is a folder with the databases, what lies beside them, and `manifest.json` with the SHA-256 of each.
It is made under another name and gets its own when everything in it was read back and verified.
"""

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from dispatch.audit import gate
from dispatch.audit.archive import REMOVED
from dispatch.audit.backup_seal import MANIFEST, SEAL, seal
from dispatch.audit.connection import DAMAGE, lock, reader
from dispatch.audit.notes import PrivateKey
from dispatch.audit.verify import verify
from dispatch.causes import cause
from dispatch.clock import Clock, epoch_ms
from dispatch.domain.errors import DispatchError
from dispatch.language import _, current

CALLERS = "calls.db"
"""Callers' numbers: deleted after their time, and so in no backup unless somebody asks for it."""
TRACKS = "tracks.db"
"""Where crews drove: deleted after its time, and so in no backup; what is to last longer is exported."""
_FIRST = "witness.db"
"""Copied before the log it is about: a checkpoint of rows that the copy does not hold would be an alarm."""


@dataclass(frozen=True, slots=True)
class Copied:
    """One file of a backup; `rows` and `head` of an audit log, else 0 and empty."""

    name: str
    sha256: str
    size: int
    rows: int = 0
    head: str = ""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds, and when it was made (milliseconds since 1970 UTC)."""

    made_ms: int
    files: tuple[Copied, ...]


def make(
    folder: Path, out: Path, clock: Clock, *, with_callers: bool = False, key: PrivateKey | None = None
) -> Backup:
    """Copy every database below `folder` into the new folder `out`; programs may go on writing meanwhile.

    `key` signs what was copied, so that whoever restores it knows whose it is.

    DispatchError: there is nothing to copy, `out` is there already, a disk fails, or a copy does not verify.
    """
    found = _databases(folder, with_callers=with_callers)
    if not found:
        raise DispatchError(_("there are no databases in {folder}", folder=folder))
    if out.exists():
        raise DispatchError(_("{file} is there already: a backup is never overwritten", file=out))
    unfinished = out.with_name(out.name + ".part")
    try:
        unfinished.mkdir(mode=0o700, parents=True)
        for path in found:
            _copy(path, unfinished / path.relative_to(folder))
        files = tuple(_looked_at(unfinished, unfinished / path.relative_to(folder)) for path in found)
        backup = Backup(epoch_ms(clock.now()), files)
        _write(unfinished / MANIFEST, json.dumps(asdict(backup), indent=1) + "\n")
        if key is not None:
            seal(unfinished, key, backup.made_ms)
        unfinished.rename(out)
        _sync(out.parent)
    except (*DAMAGE, OSError) as error:
        raise DispatchError(_("the backup failed, nothing was kept: {error}", error=cause(error))) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return backup


def check(backup: Path) -> Backup:
    """Read a whole backup: every file there, unchanged, sound. DispatchError names the first that is not."""
    said = _manifest(backup)
    listed = {one.name for one in said.files}
    there = {path.relative_to(backup).as_posix() for path in backup.rglob("*") if path.is_file()}
    beside = {name for name in there - listed if not name.endswith(("-wal", "-shm"))}
    if missing := sorted(listed - there):
        raise DispatchError(_("{file} is missing in the backup", file=missing[0]))
    if strange := sorted(beside - {MANIFEST, SEAL}):
        raise DispatchError(_("{file} does not belong to the backup", file=strange[0]))
    for one in said.files:
        try:
            found = _looked_at(backup, backup / one.name)
        except (*DAMAGE, OSError) as error:
            raise DispatchError(
                _("{file} cannot be read: {error}", file=one.name, error=cause(error))
            ) from error
        if found != one:
            raise DispatchError(_("{file} is not as it was when the backup was made", file=one.name))
    return said


def restore(backup: Path, folder: Path) -> Backup:
    """Put a backup into a folder that holds no database, after checking it, and check what was put there.

    DispatchError: the backup is not sound, the folder is in use or not empty, a disk fails. Nothing that was
    there is overwritten.
    """
    said = check(backup)
    if old := sorted(folder.rglob("*.db")) if folder.is_dir() else []:
        raise DispatchError(
            _("{file} is there already: move the old files aside first, as evidence", file=old[0])
        )
    held: list[int] = []
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = [lock(folder / one.name) for one in said.files if one.rows and "/" not in one.name]
        for one in said.files:
            target = folder / one.name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(backup / one.name, target)
            target.chmod(0o600)
            _sync(target)
        for one in said.files:
            if _looked_at(folder, folder / one.name) != one:
                raise DispatchError(_("{file} did not arrive as it was sent", file=one.name))
    except (*DAMAGE, OSError) as error:
        raise DispatchError(_("the backup could not be restored: {error}", error=cause(error))) from error
    finally:
        for one_lock in held:
            os.close(one_lock)
    return said


def _databases(folder: Path, *, with_callers: bool) -> list[Path]:
    """Databases and what says where a log begins; checkpoints first, open logs before their segments."""
    found = [path for path in folder.rglob("*") if path.suffix == ".db" or path.name == REMOVED]
    left = {TRACKS} if with_callers else {TRACKS, CALLERS}
    kept = [path for path in found if path.is_file() and path.name not in left]
    return sorted(kept, key=lambda path: (path.name != _FIRST, len(path.relative_to(folder).parts), path))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if source.suffix != ".db":
        shutil.copyfile(source, target)
    else:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with reader(source) as reading, closing(sqlite3.connect(target)) as writing:
            reading.backup(writing)
            writing.execute("PRAGMA journal_mode = DELETE")  # one file, without a log of its own beside it
    _sync(target)


def _looked_at(root: Path, path: Path) -> Copied:
    """One file of a backup, read as a whole; sqlite3 and OS errors, DispatchError when it is not sound."""
    name = path.relative_to(root).as_posix()
    rows, head = 0, ""
    if path.suffix == ".db":
        with reader(path) as connection:
            if damage := gate.integrity(connection, quick=False):
                raise DispatchError(f"{name}: {damage}")
            is_log = _is_log(connection)
        if is_log and not path.parent.name.endswith(".segments"):
            found = verify(path)
            if found.first_fault is not None:
                raise DispatchError(f"{name}: {found.first_fault.text(current())}")
            rows, head = found.rows, found.head_hash
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return Copied(name, digest.hexdigest(), path.stat().st_size, rows, head)


def _is_log(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'audit'")
    return found.fetchone() is not None


def _manifest(backup: Path) -> Backup:
    path = backup / MANIFEST
    try:
        said = json.loads(path.read_text("utf-8"))
        files = tuple(Copied(**one) for one in said["files"])
        names = [Path(one.name) for one in files]
        if any(name.is_absolute() or ".." in name.parts for name in names):
            raise ValueError(_("a name leads out of the folder"))  # noqa: TRY301 - as any other fault of it
        return Backup(int(said["made_ms"]), files)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DispatchError(_("{folder} is no backup: {error}", folder=backup, error=cause(error))) from error


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def total(files: Iterable[Copied]) -> int:
    """Bytes of all of them."""
    return sum(one.size for one in files)
