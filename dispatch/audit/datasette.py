"""What Datasette is told about an audit log: shown, searched, never written."""

import json
import sqlite3
from pathlib import Path

from dispatch.audit.actions import ACTIONS, action_text
from dispatch.audit.connection import reader
from dispatch.language import N_, say

_TITLE = N_("Audit log")
_ABOUT = N_("Rows of an append-only log chained by hash. Read-only: datasette -i FILE --metadata THIS")
_INCIDENT = N_("Everything about one incident, unit or order")
_COUNTS = N_("How often each action stands in the log")
COLUMNS = {
    "seq": N_("number of the row: 1, 2, 3 ... without a gap"),
    "body": N_("the row as it was written: RFC 8785 canonical JSON"),
    "hash": N_("SHA-256 of a zero byte and the body; the next row names it"),
    "id": N_("UUID of version 7"),
    "ts": N_("when, in milliseconds since 1970 UTC"),
    "city": N_("city of the console or centre"),
    "actor": N_("who did it"),
    "role": N_("as what"),
    "console": N_("where"),
    "drill": N_("1 for everything done in a drill"),
    "action": N_("what was done"),
    "target": N_("what it was done to"),
    "detail": N_("particulars, as JSON"),
}


def metadata(path: Path, language: str) -> dict[str, object]:
    """The content of a metadata file for the log at `path`; its other tables are hidden. sqlite3 errors."""
    table = {
        "description": say(language, _ABOUT),
        "columns": {name: say(language, said) for name, said in COLUMNS.items()},
        "sort_desc": "seq",
        "facets": ["action", "actor", "drill"],
        "size": 100,
    }
    hidden: dict[str, object] = {name: {"hidden": True, "allow": False} for name in _others(path)}
    queries = {
        "story": {
            "title": say(language, _INCIDENT),
            "sql": "SELECT seq, ts, actor, action, target, detail FROM audit "
            "WHERE target = :target ORDER BY seq",
        },
        "counts": {
            "title": say(language, _COUNTS),
            "sql": "SELECT action, count(*) AS count FROM audit GROUP BY action ORDER BY count DESC",
        },
    }
    words = "; ".join(f"{name}: {action_text(name, language)}" for name in sorted(ACTIONS))
    database = {
        "description": words,
        "allow_sql": False,
        "tables": {"audit": table, **hidden},
        "queries": queries,
    }
    return {"title": say(language, _TITLE), "databases": {path.stem: database}}


def _others(path: Path) -> list[str]:
    with reader(path) as connection:
        found: list[tuple[str]] = _tables(connection)
    return [name for (name,) in found]


def _tables(connection: sqlite3.Connection) -> list[tuple[str]]:
    return connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('audit') ORDER BY name"
    ).fetchall()


def written(path: Path, language: str) -> str:
    """The same as the text of the file."""
    return json.dumps(metadata(path, language), ensure_ascii=False, indent=1) + "\n"
