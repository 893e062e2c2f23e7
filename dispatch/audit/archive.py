"""The files of one log: sealed segments of older rows beside the file that is still written.

`audit.db` has its segments in `audit.db.segments/`, each a log file of its own named by its first and last
row. The open file keeps the last sealed row, so that the chain is seen to go on. When segments were removed
after their time, `removed.json` says where the chain stood: number, hash, and the parts of the tree.
"""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from dispatch.audit.connection import reader
from dispatch.audit.entry import GENESIS, Head

_NAME = re.compile(r"([0-9]{12})-([0-9]{12})\.db")
REMOVED = "removed.json"


@dataclass(frozen=True, slots=True)
class Segment:
    """A sealed file with the rows `first` to `last`."""

    path: Path
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Start:
    """Where the kept rows begin: the last row that is not kept, and the parts of the tree up to it."""

    head: Head = Head(0, GENESIS)
    parts: tuple[bytes, ...] = ()


def folder_of(path: Path) -> Path:
    """Where the segments of a log lie."""
    return path.with_name(path.name + ".segments")


def segment_path(path: Path, first: int, last: int) -> Path:
    """The name of a segment of the log at `path`."""
    return folder_of(path) / f"{first:012d}-{last:012d}.db"


def segments(path: Path) -> list[Segment]:
    """The sealed segments of a log, oldest first."""
    folder = folder_of(path)
    if not folder.is_dir():
        return []
    named = [(one, _NAME.fullmatch(one.name)) for one in folder.iterdir()]
    found = [Segment(one, int(match[1]), int(match[2])) for one, match in named if match]
    return sorted(found, key=lambda one: one.first)


def start_of(path: Path) -> Start:
    """Where the kept rows of a log begin; ValueError when `removed.json` cannot be read."""
    file = folder_of(path) / REMOVED
    if not file.is_file():
        return Start()
    said = json.loads(file.read_text("utf-8"))
    try:
        parts = tuple(bytes.fromhex(one) for one in said["parts"])
        return Start(Head(int(said["rows"]), str(said["hash"])), parts)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{file} is not as this program writes it") from error


def sealed_hash(path: Path, row: int) -> str | None:
    """The hash of a row as its segment has it; None when no segment holds it. sqlite3 errors."""
    for one in segments(path):
        if one.first <= row <= one.last:
            with reader(one.path) as connection:
                found = connection.execute("SELECT hash FROM audit WHERE seq = ?", (row,)).fetchone()
            return None if found is None else str(found[0])
    start = start_of(path).head
    return start.hash if start.seq == row else None


def write_start(path: Path, start: Start) -> None:
    """Note where the kept rows begin, on the disk before anything is removed."""
    file = folder_of(path) / REMOVED
    fresh = file.with_name(file.name + ".new")
    said = {"rows": start.head.seq, "hash": start.head.hash, "parts": [one.hex() for one in start.parts]}
    with fresh.open("w", encoding="utf-8") as written:
        written.write(json.dumps(said, indent=1) + "\n")
        written.flush()
        os.fsync(written.fileno())
    fresh.replace(file)
