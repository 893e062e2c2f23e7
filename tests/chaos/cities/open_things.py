"""What is not resolved yet, read from the files of every program while they run, by plain SQL."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

HOLDING = ("reserved", "ordered", "acked", "standing_down")


def query(file: Path, statement: str) -> list[tuple[Any, ...]]:
    """Rows of a database that is only read; none where it is not there yet."""
    if not file.exists():
        return []
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)) as connection:
        return connection.execute(statement).fetchall()


def open_things(folder: Path) -> list[str]:
    """One name for each thing that waits: requests, errands, held units, tasks, requests for help."""
    return [
        *(name for file in sorted(folder.glob("consoles/*/requests.db")) for name in _console(file.parent)),
        *(name for file in sorted(folder.glob("centres/*/centre.db")) for name in _centre(file)),
        *(name for file in sorted(folder.glob("vehicles/*/*.json")) for name in _vehicle(file)),
    ]


def _console(folder: Path) -> Iterator[str]:
    for (request,) in query(folder / "requests.db", "SELECT request FROM asked WHERE NOT settled"):
        yield f"{folder.name}: request {request}"
    for kind, subject in query(folder / "desk.db", "SELECT kind, subject FROM errands WHERE open"):
        yield f"{folder.name}: errand {kind} {subject}"
    for (sequel,) in query(folder / "desk.db", "SELECT id FROM sequels"):
        yield f"{folder.name}: sequel {sequel}"


def _centre(file: Path) -> Iterator[str]:
    city, held = file.parent.name, ", ".join(f"'{state}'" for state in HOLDING)
    orders = f"SELECT unit, request, state FROM orders WHERE state IN ({held})"  # noqa: S608 - our own words
    for unit, request, state in query(file, orders):
        yield f"{city}: {unit} {state} for {request}"
    for (aid,) in query(file, "SELECT aid FROM aids WHERE open"):
        yield f"{city}: help {aid}"


def _vehicle(file: Path) -> Iterator[str]:
    unit, task, *rest = json.loads(file.read_text("utf-8").partition("\n")[0])
    if task is not None and task["state"] in ("told", "acknowledged"):
        yield f"{unit}: task {task['request']} {task['state']}"
    elif task is not None and task["state"] == "done" and not task["heard"]:
        yield f"{unit}: end of {task['request']} not heard"
    if rest and rest[0]["unheard"]:
        yield f"{unit}: {len(rest[0]['unheard'])} states not heard"
