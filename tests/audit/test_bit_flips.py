"""Random flips of single bits over the file of a log: none that changes its meaning stays unseen.

A flip counts as silent when `verify` finds the log whole although something that is read out of it has
changed: a row, its number, its text, its hash, the tables, or the end of the log. Flips in bytes that no
reader looks at (free space in a page, a reserved field of the header) change nothing and are not counted.
`CZT_FLIPS=10000` (`make evidence`) takes as many; the unit suite takes fewer.
"""

import os
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from dispatch.audit import schema
from dispatch.audit.verify import verify
from tests.audit.signing import note_of, opened

FLIPS = int(os.environ.get("CZT_FLIPS", "400"))
Meaning = tuple[list[tuple[object, ...]], str]


def meaning(path: Path) -> Meaning:
    """Everything that is read out of a log: its rows with every column, and its tables."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT seq, CAST(body AS BLOB), CAST(hash AS BLOB), id, ts, city, actor, role, console, drill,"
            " action, target, detail FROM audit NOT INDEXED ORDER BY seq"
        ).fetchall()
        return rows, schema.fingerprint(connection)


def flip(path: Path, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(bit // 8)
        (byte,) = file.read(1)
        file.seek(bit // 8)
        file.write(bytes([byte ^ 1 << bit % 8]))


def test_no_flipped_bit_that_changes_the_log_is_silent(hundred: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(hundred)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    true = meaning(hundred)
    cosigned = opened(note_of(hundred, 100, ("zhuzhou",)))
    size, chance, copy = hundred.stat().st_size, random.Random(20), tmp_path / "flipped.db"
    found = harmless = 0
    silent: list[int] = []
    for _number in range(FLIPS):
        bit = chance.randrange(size * 8)
        shutil.copyfile(hundred, copy)
        flip(copy, bit)
        if not verify(copy, notes=(cosigned,)).ok:
            found += 1
            continue
        try:
            changed = meaning(copy) != true
        except (sqlite3.Error, UnicodeDecodeError):
            changed = True
        if changed:
            silent.append(bit)
        else:
            harmless += 1
        for beside in ("-wal", "-shm"):
            copy.with_name(copy.name + beside).unlink(missing_ok=True)
    print(f"{FLIPS} flips in {size} bytes: {found} found, {harmless} changed nothing, {len(silent)} silent")
    assert not silent, f"bits {silent[:10]}"
    assert found > FLIPS // 3
