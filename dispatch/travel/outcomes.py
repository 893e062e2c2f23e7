"""What past trips took, from audit logs: the consoles' say what was predicted, the centres' what happened.

A trip is a unit that was chosen for an incident from a ranking that told its driving time, and that then
reported "en route" and "on scene" for that incident. Times are the vehicle's or the desk's own stamps.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from dispatch.audit.entry import AuditRow
from dispatch.audit.read import Filter, rows
from dispatch.clock import from_epoch_ms
from dispatch.decide.corrections import Trip

Job = tuple[str, str]
"""Incident and unit."""
_LEFT, _THERE = "EN_ROUTE", "ON_SCENE"


class Predicted(NamedTuple):
    """What a ranking said of one driving time, before any learned correction."""

    method: str
    minutes: float
    lat: float
    lon: float


@dataclass
class _Book:
    """What the rows tell, by incident and unit."""

    offered: dict[str, Mapping[str, object]] = field(default_factory=dict)
    predicted: dict[Job, Predicted] = field(default_factory=dict)
    left_ms: dict[Job, int] = field(default_factory=dict)
    there_ms: dict[Job, int] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)

    def take(self, row: AuditRow) -> None:
        if row.action == "unit.recommended":
            self.offered[row.target] = row.detail
        elif row.action == "unit.chosen":
            self._choose(row)
        elif row.action == "unit.state":
            self._note_state(row)

    def _choose(self, row: AuditRow) -> None:
        unit = str(row.detail.get("unit", ""))
        found = _prediction(self.offered.get(row.target, {}), unit)
        if isinstance(found, Predicted):
            self.predicted[row.target, unit] = found
        else:
            self.left_out[found] += 1

    def _note_state(self, row: AuditRow) -> None:
        job = (str(row.detail.get("incident", "")), row.target)
        at_ms = _whole(row.detail.get("at_ms"))
        if at_ms is None:
            return
        state = row.detail.get("state")
        if state == _LEFT:
            self.left_ms[job] = at_ms
            self.there_ms.pop(job, None)
        elif state == _THERE:
            self.there_ms.setdefault(job, at_ms)

    def trips(self) -> Iterator[Trip]:
        """The trips that are told from end to end; the others are counted."""
        for job, said in self.predicted.items():
            left, there = self.left_ms.get(job), self.there_ms.get(job)
            if left is None or there is None:
                self.left_out["not_told_to_the_end"] += 1
            elif there <= left:
                self.left_out["stamps_out_of_order"] += 1
            else:
                yield Trip(
                    said.method,
                    said.lat,
                    said.lon,
                    from_epoch_ms(left),
                    said.minutes,
                    (there - left) / 60_000,
                )


def past_trips(logs: Sequence[Path], *, drill: bool) -> tuple[list[Trip], dict[str, int]]:
    """The trips of these logs, and why others were not counted; drills and real shifts are never mixed."""
    book = _Book()
    for row in _in_order(logs, drill=drill):
        book.take(row)
    trips = list(book.trips())
    return trips, dict(book.left_out)


def _in_order(logs: Sequence[Path], *, drill: bool) -> Iterable[AuditRow]:
    """Rows about units of every log, each log in its own order."""
    for log in logs:
        yield from rows(log, Filter(action="unit", drill=drill))


def _prediction(offer: Mapping[str, object], unit: str) -> Predicted | str:
    """What was predicted for the unit that was chosen, or why nothing can be learned from it."""
    option = _option(offer.get("options"), unit)
    if option is None:
        return "not_among_the_options_written_down"
    seconds, permille = _whole(option.get("travel_s")), _whole(option.get("learned_permille", 1000))
    lat, lon = _whole(offer.get("lat_microdeg")), _whole(offer.get("lon_microdeg"))
    method = option.get("method")
    if seconds is None or lat is None or lon is None or not permille or not isinstance(method, str):
        return "driving_time_not_written_down"
    return Predicted(method, seconds / 60 * 1000 / permille, lat / 1e6, lon / 1e6)


def _option(options: object, unit: str) -> Mapping[str, object] | None:
    found = options if isinstance(options, list) else []
    return next((one for one in found if isinstance(one, dict) and one.get("unit") == unit), None)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
