"""Every table of the report as a CSV file, for a spreadsheet: names and units as in the JSON document."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel

from dispatch.report.model import Report

Cell = str | int | float | None
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(report: Report, folder: Path) -> list[Path]:
    """One file for each table; the folder is made. OSError: it cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = {name: [row.model_dump() for row in rows] for name, rows in _tables(report).items()}
    plain |= _parts(report)
    return [_write(folder / f"{name}.csv", rows) for name, rows in plain.items()]


def _tables(report: Report) -> dict[str, Sequence[BaseModel]]:
    return {
        "logs": report.logs,
        "notes": report.notes,
        "response": report.response,
        "intervals": report.intervals,
        "pairs": report.pairs,
        "loans": report.ledger.loans,
        "eta": report.eta,
        "overrides": report.overrides,
        "outcomes": report.outcomes,
        "worst": report.worst,
        "alarms": report.alarms,
        "refused": report.refused,
        "links": report.links,
        "blood": report.blood,
        "blood_ends": [report.blood_orders],
        "blood_times": report.blood_orders.intervals,
        "blood_amounts": report.blood_orders.amounts,
        "blood_orders": report.blood_orders.orders,
        "hospitals": report.hospitals,
        "calls": report.calls,
        "orders": [mission for call in report.calls for mission in call.missions],
    }


def _parts(report: Report) -> dict[str, list[dict[str, object]]]:
    """Tables whose rows need to say what they belong to."""
    return {
        "loan_costs": [
            {"request": loan.request, "unit": loan.unit, "lender": loan.lender, **cost.model_dump()}
            for loan in report.ledger.loans
            for cost in loan.costs
        ],
        "worst_lines": [
            {"of": worst.incident, **line.model_dump()} for worst in report.worst for line in worst.lines
        ],
    }


def _write(path: Path, rows: Sequence[dict[str, object]]) -> Path:
    flat = [dict(_flat("", row)) for row in rows]
    header = list(dict.fromkeys(name for row in flat for name in row))
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # spreadsheets know UTF-8 by its mark
        table = csv.writer(file)
        table.writerow(header)
        table.writerows([[_disarmed(row.get(name)) for name in header] for row in flat])
    return path


def _flat(name: str, value: object) -> Iterable[tuple[str, Cell]]:
    """A nested value as columns "a.b"; a list of objects by their percent or minutes, else its length."""
    match value:
        case dict():
            for key, inner in value.items():
                yield from _flat(f"{name}.{key}" if name else str(key), inner)
        case tuple() | list() if value and isinstance(value[0], dict):
            keys = [key for key in ("percent", "minutes") if key in value[0]]
            if not keys:
                yield f"{name}.count", len(value)
            for inner in value if keys else ():
                yield from _flat(f"{name}.{inner[keys[0]]}", inner)
        case tuple() | list():
            yield name, " ".join(str(inner) for inner in value)
        case str() | int() | float() | None:
            yield name, value


def _disarmed(value: Cell) -> Cell:
    """A text that a spreadsheet would take for a formula, with an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value
