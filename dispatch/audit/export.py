"""Taking an audit log out: JSON lines that can be verified again, CSV for a spreadsheet, lines to read."""

import csv
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Literal

from dispatch.audit.actions import action_text
from dispatch.audit.canonical import Json
from dispatch.audit.entry import AuditRow
from dispatch.audit.read import Filter, rows, stored_rows
from dispatch.audit.said_times import CHINA_TIME
from dispatch.clock import from_epoch_ms
from dispatch.language import N_, say
from dispatch.text import safe_text

Format = Literal["jsonl", "csv"]

COLUMNS = (
    "seq", "time", "city", "console", "actor", "role", "action", "target", "drill", "detail", "id", "hash",
)  # fmt: skip
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_LINE = N_("{time} #{seq} {actor}: {action}")
_DRILL = N_("[drill]")
_DETAIL_LENGTH = 400


def export(path: Path, out: Path, kind: Format = "jsonl", only: Filter | None = None) -> int:
    """Write the rows that pass `only` to `out` and return how many; `out` appears only when whole.

    A JSON line is {"seq", "hash", "body"} with the body as stored: SHA-256 of 0x00 and the body is
    the hash. CSV shows times in China's time and disarms cells that a spreadsheet would calculate.
    """
    unfinished = out.with_name(out.name + ".part")
    encoding = "utf-8-sig" if kind == "csv" else "utf-8"  # spreadsheets know UTF-8 by its mark
    try:
        with unfinished.open("w", encoding=encoding, newline="") as file:
            count = _write_csv(file, rows(path, only)) if kind == "csv" else _write_jsonl(file, path, only)
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def _write_jsonl(file: IO[str], path: Path, only: Filter | None) -> int:
    count = 0
    for stored in stored_rows(path, only):
        file.write(f'{{"seq":{stored.seq},"hash":"{stored.hash}","body":{stored.body}}}\n')
        count += 1
    return count


def _write_csv(file: IO[str], found: Iterator[AuditRow]) -> int:
    table = csv.writer(file)
    table.writerow(COLUMNS)
    count = 0
    for row in found:
        values = {**asdict(row), "time": _moment(row), "drill": int(row.drill), "detail": _json(row.detail)}
        table.writerow([_disarmed(values[name]) for name in COLUMNS])
        count += 1
    return count


def _moment(row: AuditRow) -> str:
    return from_epoch_ms(row.ts).astimezone(CHINA_TIME).isoformat(timespec="milliseconds")


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _disarmed(value: object) -> object:
    """A text that a spreadsheet would take for a formula, with an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def show(path: Path, language: str, only: Filter | None = None) -> Iterator[str]:
    """One line to read for each row that passes `only`, safe for any terminal."""
    return (line(row, language) for row in rows(path, only))


def line(row: AuditRow, language: str) -> str:
    """One row in one line: when, number, who, what, to which, and the details as key=value."""
    moment = from_epoch_ms(row.ts).astimezone(CHINA_TIME).strftime("%Y-%m-%d %H:%M:%S")
    action = safe_text(action_text(row.action, language))
    said = say(language, _LINE, time=moment, seq=row.seq, actor=safe_text(row.actor), action=action)
    details = ", ".join(f"{key}={_short(value)}" for key, value in row.detail.items())
    drill = say(language, _DRILL) if row.drill else ""
    parts = (drill, said, safe_text(row.target), safe_text(details, _DETAIL_LENGTH))
    return " ".join(part for part in parts if part)


def _short(value: Json) -> str:
    return value if isinstance(value, str) else _json(value)
