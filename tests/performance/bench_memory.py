"""Memory per unit and per 1,000 audit rows, each in a process of its own, at one, ten and a hundred times."""

import json
import sqlite3
import subprocess
import tempfile
from pathlib import Path

from sqlite_utils import Database

from tests.audit.speed import DETAIL
from tests.performance.bench_audit import HASH, ROW
from tests.performance.figures import Line, Say, Section
from tests.performance.processes import ROOT, python

UNITS = (600, 6_000, 60_000)
ROWS = (1_000, 10_000, 100_000)
KILOBYTE, MEGABYTE = 1_024, 1_048_576


def child(what: str, count: int) -> dict[str, int]:
    """What `memory_child` prints."""
    command = python("tests.performance.memory_child", what, str(count))
    done = subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
    said: dict[str, int] = json.loads(done.stdout)
    return said


def measure(say: Say) -> Section:
    """The section of memory and disk."""
    section = Section("memory", "Memory and disk", ABOUT)
    if not Path("/proc/self/statm").exists():
        section.skipped = "memory is read from /proc, which only Linux has"
        return section
    for count in UNITS:
        say(f"{count:,} units in the console, as dicts, as objects")
        ours, dicts, objects = (
            child(what, count)["memory"] / count for what in ("console", "dicts", "objects")
        )
        what = f"a unit of {count:,}"
        section.lines += [
            Line(what, ours / KILOBYTE, "kB", "dicts of its messages", dicts / KILOBYTE),
            Line(what, ours / KILOBYTE, "kB", "pydantic objects of its messages", objects / KILOBYTE),
        ]
    first = 0.0
    for count in ROWS:
        say(f"{count:,} audit rows")
        found = child("audit", count)
        thousand = found["file"] / count * 1_000 / KILOBYTE
        first = first or thousand
        section.lines += [
            Line(
                f"memory that 1,000 audit rows of {count:,} leave",
                found["memory"] / count * 1_000 / KILOBYTE,
                "kB",
            ),
            Line(f"disk for 1,000 audit rows of {count:,}", thousand, "kB", f"of {ROWS[0]:,}", first),
        ]
    for name, size in plain_files(ROWS[-1]).items():
        section.lines.append(Line(f"disk for 1,000 audit rows of {ROWS[-1]:,}", thousand, "kB", name, size))
    return section


def plain_files(rows: int) -> dict[str, float]:
    """Kilobytes that 1,000 rows of the same text take elsewhere."""
    with tempfile.TemporaryDirectory(prefix="czt-bench-") as name:
        folder = Path(name)
        raw = sqlite3.connect(folder / "raw.db")
        raw.execute("create table rows (seq integer primary key, body text, hash text)")
        raw.executemany("insert into rows (body, hash) values (?, ?)", [(ROW, HASH)] * rows)
        raw.commit()
        raw.close()
        utils = Database(folder / "utils.db")
        told = {"actor": "op-7", "action": "unit.chosen", "target": "CS-012", "hash": HASH}
        utils.table("rows").insert_all({"seq": n, **told, "detail": json.dumps(DETAIL)} for n in range(rows))
        utils.close()
        (folder / "plain.log").write_bytes(f"{HASH} {ROW}\n".encode() * rows)
        names = {
            "sqlite3 raw": "raw.db",
            "sqlite-utils, a column a field": "utils.db",
            "a plain file": "plain.log",
        }
        return {
            what: (folder / file).stat().st_size / rows * 1_000 / KILOBYTE for what, file in names.items()
        }


ABOUT = """\
What comes to a process of its own when it takes so many units (a third in each city, announced in a
snapshot, each with a state and a fix from its own topic) through the console's intake into its picture,
sender by sender and topic by topic; against a dict that keeps the last messages of each unit as json gives
them, or as pydantic objects. What 1,000 audit rows leave in the process that wrote them, and their size on
the disk with chain, columns and indexes; against the bare text in a table of sqlite3, a column a field by
sqlite-utils, and a file."""
