"""Everything a run left behind, as plain values: journals, and the rows of every database, read by SQL.

What the program wrote is read as anybody could read it; of the program only `czt audit verify` is used.
"""

import json
import re
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from dispatch import language
from dispatch.cli.app import app
from tests.chaos.cities.journal import Line, read_journal
from tests.chaos.cities.open_things import open_things, query

_FAULT = re.compile(r"Traceback|a fault of this program|was not decided|cannot be said|never retrieved")


@dataclass
class Order:
    """One row of a centre, with its history: (state, at_ms, reason)."""

    request: str
    unit: str
    centre: str
    asker: str
    incident: str
    token: tuple[int, int]
    state: str
    steps: list[tuple[str, int, str]]


@dataclass
class Evidence:
    """What the judge goes by. Consoles and centres by their city, vehicles' journals by their program."""

    happened: list[Line] = field(default_factory=list)
    shown: dict[str, list[Line]] = field(default_factory=dict)
    did: dict[str, list[Line]] = field(default_factory=dict)
    asked: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """City of the console -> request -> the record in its file."""
    orders: dict[str, Order] = field(default_factory=dict)
    aids: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Lender -> records."""
    left: list[str] = field(default_factory=list)
    """What is not resolved at the end."""
    clocks_wrong: frozenset[str] = frozenset()
    """Cities whose host had another time: its times cannot be compared with the others', nor with each other
    when it was set right meanwhile."""
    broken_chains: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def collect(folder: Path) -> Evidence:
    """Read it all, once every program has ended."""
    happened = read_journal(folder / "happened.jsonl")
    found = Evidence(happened, left=open_things(folder))
    found.clocks_wrong = frozenset(line["city"] for line in happened if line["did"] == "clock wrong")
    for console in sorted(folder.glob("consoles/*")):
        found.shown[console.name] = read_journal(console / "shown.jsonl")
        rows = query(console / "requests.db", "SELECT said FROM asked")
        records = [json.loads(said) for (said,) in rows]
        found.asked[console.name] = {record["request"]: record for record in records}
        faults = query(console / "audit.db", "SELECT body FROM audit WHERE action = 'console.fault'")
        found.faults += [f"console {console.name}: {body}" for (body,) in faults]
    for fleet in sorted(folder.glob("vehicles/*")):
        found.did[fleet.name] = read_journal(fleet / "did.jsonl")
    for centre in sorted(folder.glob("centres/*")):
        _read_centre(found, centre)
    found.faults += _faults(folder, found)
    found.broken_chains = broken_chains(folder)
    return found


def _read_centre(found: Evidence, centre: Path) -> None:
    file = centre / "centre.db"
    steps: dict[str, list[tuple[str, int, str]]] = {}
    history = "SELECT request, state, at_ms, reason FROM history ORDER BY request, number"
    for request, state, at_ms, reason in query(file, history):
        steps.setdefault(request, []).append((state, at_ms, reason))
    for request, unit, city, job, epoch, counter, state in query(
        file, "SELECT request, unit, city, job, epoch, counter, state FROM orders"
    ):
        incident = json.loads(job)["incident"] if job else ""
        found.orders[request] = Order(
            *(request, unit, centre.name, city, incident, (epoch, counter), state),
            steps.pop(request, []),
        )
    found.faults += [f"centre {centre.name}: history without an order: {request}" for request in steps]
    found.aids[centre.name] = [json.loads(body) for (body,) in query(file, "SELECT body FROM aids")]


def _faults(folder: Path, found: Evidence) -> list[str]:
    """Faults of programs: in their logs, in their journals, or that they died by themselves."""
    faults = []
    for log in (*folder.glob("c*/*/*.log"), *folder.glob("vehicles/*/*.log")):
        lines = log.read_text("utf-8", "replace").splitlines()
        faults += [f"{log.parent.name}/{log.name}: {line}" for line in lines if _FAULT.search(line)]
    for name, journal in (*found.shown.items(), *found.did.items()):
        faults += [f"{name}: {line['why']}" for line in journal if line["did"] == "fault"]
    ended = next((line for line in found.happened if line["did"] == "ended"), None)
    faults += (
        ["the run did not come to its end"] if ended is None else [f"{one} died" for one in ended["dead"]]
    )
    return faults


def broken_chains(folder: Path) -> list[str]:
    """Audit logs that `czt audit verify` does not accept, with its words."""
    logs = [*sorted(folder.glob("centres/*/centre.db")), *sorted(folder.glob("consoles/*/audit.db"))]
    return [f"{log.parent.name}/{log.name}: {said}" for log in logs if (said := _complaint(log))]


def _complaint(log: Path) -> str:
    """The command itself, in this process: a Python for each log takes longer than the proof."""
    spoken = language.current()
    done = CliRunner().invoke(app, ["--lang", "en", "audit", "verify", str(log)])
    language.use(spoken)
    return "" if done.exit_code == 0 else f"{done.output} {done.exception or ''}".strip()


def counted(folder: Path) -> dict[str, int]:
    """Messages that the consoles did not take, by reason."""
    reasons: dict[str, int] = {}
    for file in folder.glob("consoles/*/quarantine.db"):
        try:
            for reason, times in query(file, "SELECT reason, count(*) FROM refused GROUP BY reason"):
                reasons[reason] = reasons.get(reason, 0) + times
        except sqlite3.Error as error:
            raise ValueError(f"{file}: {error}") from error
    return reasons
