"""A replay against what the other simulator said: the same unit, and how far the times are off."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dispatch.domain.errors import DispatchError
from dispatch.language import _
from simulators.study.tables import NOTHING, Column, Table, read_table
from simulators.study.trace_columns import CALL_FIELDS
from simulators.study.trace_times import node_name

UNIT_ALIASES = ("unit", "unit_id", "ambulance", "ambulance_id", "vehicle", "ambindex", "amb_index")
MOMENT_ALIASES = {
    "dispatched": ("dispatched", "dispatch", "dispatch_time", "assigned"),
    "departed": ("departed", "departure", "enroute", "en_route"),
    "arrival": ("arrival", "arrived", "amb_arrival_time", "arrival_time", "at_scene", "on_scene"),
    "left_scene": ("left_scene", "leave_scene", "depart_scene"),
    "at_hospital": ("at_hospital", "hospital_arrival_time", "hospital_arrival", "arrive_hospital"),
    "free": ("free", "free_time", "cleared", "available"),
    "response": ("response", "response_time", "response_duration"),
    "waited": ("waited", "wait", "waiting", "queued"),
}


@dataclass(frozen=True)
class Deviations:
    """What was compared, and what differs."""

    calls: int
    other_unit: int
    other_time: int
    worst_min: float
    first: str | None
    times: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (self.other_unit or self.other_time)

    def plain(self) -> dict[str, object]:
        """For JSON."""
        return {
            "calls": self.calls,
            "other_unit": self.other_unit,
            "other_time": self.other_time,
            "worst_min": self.worst_min,
            "first_difference": self.first,
            "times_compared": list(self.times),
        }

    def lines(self) -> list[str]:
        """For people."""
        found = [
            _(
                "{calls} calls compared: another unit in {units}, other times in {times} (≤ {worst:.3g} min)",
                calls=self.calls,
                units=self.other_unit,
                times=self.other_time,
                worst=self.worst_min,
            )
        ]
        return found if self.first is None else [*found, _("first difference: {what}", what=self.first)]


def compare(
    path: Path, table: Sequence[dict[str, str | float | None]], within_min: float, unit: str
) -> Deviations:
    """Calls are found by their id, or by their order where the file has none; DispatchError: one lacks."""
    theirs = read_table(path)
    identity = theirs.find(CALL_FIELDS["id"])
    unit_column = theirs.find(UNIT_ALIASES)
    moments = {
        name: column
        for name, aliases in MOMENT_ALIASES.items()
        if (column := theirs.find(aliases, timed=True)) is not None
    }
    columns = [identity, unit_column, *moments.values()]
    order = [str(row["call"]) for row in table]
    if identity is None and len(theirs.rows) != len(order):
        lacking = _(
            "{file} names no calls and has {rows} rows for {calls} calls",
            file=path,
            rows=len(theirs.rows),
            calls=len(order),
        )
        raise DispatchError(lacking)
    said = {
        node_name(cells[0]) if identity is not None else order[number]: (line, cells[1:])
        for number, (line, cells) in enumerate(theirs.cells(columns))
    }
    missing = [str(row["call"]) for row in table if row["call"] not in said]
    if missing:
        raise DispatchError(_("{file} has no call {calls}", file=path, calls=", ".join(missing[:5])))
    count = _Count(theirs, moments, within_min, unit)
    for row in table:
        line, (their_unit, *values) = said[str(row["call"])]
        if unit_column is not None:
            count.unit(row, their_unit)
        count.moments(row, line, values)
    return Deviations(
        len(table), count.other_unit, count.other_time, count.worst, count.first, tuple(moments)
    )


class _Count:
    def __init__(self, table: Table, moments: dict[str, Column], within_min: float, unit: str) -> None:
        self._table, self._moments, self._within, self._unit = table, moments, within_min, unit
        self.other_unit = self.other_time = 0
        self.worst = 0.0
        self.first: str | None = None

    def unit(self, row: dict[str, str | float | None], theirs: str) -> None:
        """The same unit, or nobody in both."""
        ours = row["unit"]
        said = None if theirs.lower() in NOTHING else node_name(theirs)
        if ours != said:
            self.other_unit += 1
            self._note(f"{row['call']}: {ours} / {said}")

    def moments(self, row: dict[str, str | float | None], line: int, values: Sequence[str]) -> None:
        """Every time that both say."""
        off = False
        for (name, column), value in zip(self._moments.items(), values, strict=True):
            ours = row[name]
            if value.lower() in NOTHING or ours is None:
                continue
            theirs = self._table.duration(line, column, value, self._unit)
            gap = abs(float(ours) - theirs)
            self.worst = max(self.worst, gap)
            if gap > self._within:
                off = True
                self._note(f"{row['call']}: {name} {float(ours)!r} / {theirs!r}")
        self.other_time += off

    def _note(self, what: str) -> None:
        self.first = self.first or what
