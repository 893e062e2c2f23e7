"""Calls and units as another simulator wrote them; columns: docs/studies.md."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import inf
from pathlib import Path

from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.text import safe_text
from simulators.study.csv_rows import BadRow
from simulators.study.model import StudyCall, StudyUnit
from simulators.study.stamps import day_stands_first, stamp
from simulators.study.tables import NOTHING, Column, Table, is_number, read_table
from simulators.study.trace_columns import CALL_FIELDS, TIMED, UNIT_FIELDS, Reading
from simulators.study.trace_times import Times, node_name

_PRIORITIES = {"high": 1, "medium": 2, "med": 2, "low": 3, "a1": 1, "a2": 2, "b": 3, "b1": 3, "b2": 4}
_PRIORITIES |= {"高": 1, "中": 2, "低": 3}


def read_units(path: Path, times: Times, reading: Reading) -> list[StudyUnit]:
    """Units in the order of the file."""
    table = read_table(path)
    named = {name: reading.named("units", name) for name in UNIT_FIELDS}
    columns = {
        name: table.find(aliases, named[name], timed=name in TIMED) for name, aliases in UNIT_FIELDS.items()
    }
    base = table.need("base", UNIT_FIELDS["base"], named["base"])
    start, begins = _start(table, columns, times, reading)
    reading.note("units", table, {**columns, "base": base, "start": start, "from": begins})
    units: list[StudyUnit] = []
    lines: dict[str, int] = {}
    order = (columns["id"], base, start, begins, columns["until"], columns["turnout"])
    for number, (line, (name, home, at, since, until, turnout)) in enumerate(table.cells(order), 1):
        unit_id = node_name(name) if name else str(number)
        if unit_id in lines:
            raise BadRow(
                table.file,
                line,
                _("{id} stands in line {first} too", id=safe_text(unit_id), first=lines[unit_id]),
            )
        lines[unit_id] = line
        units.append(
            StudyUnit(
                unit_id,
                times.node(table, line, base, home),
                start=times.node(table, line, start, at) if start is not None and at else None,
                from_min=-inf
                if begins is None or not since
                else _moment(table, line, begins, since, reading),
                until_min=inf
                if until.lower() in {"", "inf", "infinity"}
                else _moment(table, line, columns["until"], until, reading),
                turnout_min=_optional(table, line, columns["turnout"], turnout, reading),
            )
        )
    if not units:
        raise BadRow(table.file, 1, _("there are no rows"))
    return units


def _start(
    table: Table, columns: Mapping[str, Column | None], times: Times, reading: Reading
) -> tuple[Column | None, Column | None]:
    """The column of the node at which units start, and the one of the time."""
    start, begins = columns["start"], columns["from"]
    if start is None or folded_is_node(start) or begins is not None:
        return start, begins
    values = [cells[0] for _line, cells in table.cells((start,)) if cells[0]]
    nodes = reading.start_is == "node" or all(node_name(value) in times.number for value in values)
    if reading.start_is == "time" or not nodes:
        return None, start
    return start, None


def folded_is_node(column: Column) -> bool:
    """Whether a header says itself that it holds a node."""
    return column.header.strip().lower().endswith(("node", "location"))


def _moment(table: Table, line: int, column: Column | None, value: str, reading: Reading) -> float:
    if column is None:
        return inf
    if ":" in value:
        return table.duration(line, column, value, reading.unit)
    number = table.number(line, column, value, least=None)
    return table.duration(line, column, repr(abs(number)), reading.unit) * (1 if number >= 0 else -1)


def _optional(table: Table, line: int, column: Column | None, value: str, reading: Reading) -> float | None:
    if column is None or value.lower() in NOTHING:
        return None
    return table.duration(line, column, value, reading.unit)


def read_calls(path: Path, times: Times, reading: Reading, hospitals: Sequence[int] = ()) -> list[StudyCall]:
    """Calls in the order of the file; where a patient is carried but no hospital named, the nearest.

    `times` are those of the drive with a patient.
    """
    table = read_table(path)
    named = {name: reading.named("calls", name) for name in CALL_FIELDS}
    found = {
        name: table.find(aliases, named[name], timed=name in TIMED) for name, aliases in CALL_FIELDS.items()
    }
    found["time"] = table.need("time", CALL_FIELDS["time"], named["time"], timed=True)
    found["node"] = table.need("node", CALL_FIELDS["node"], named["node"])
    reading.note("calls", table, found)
    if not table.rows:
        raise BadRow(table.file, 1, _("there are no rows"))
    reader = _CallRows(table, found, times, reading, hospitals)
    return [reader.call(number, line, cells) for number, (line, cells) in enumerate(reader.rows(), 1)]


class _CallRows:
    def __init__(
        self,
        table: Table,
        columns: Mapping[str, Column | None],
        times: Times,
        reading: Reading,
        hospitals: Sequence[int],
    ) -> None:
        self._table, self._columns, self._times = table, columns, times
        self._reading, self._hospitals = reading, hospitals
        self._lines: dict[str, int] = {}
        self._midnight = self._first_midnight()

    def rows(self) -> list[tuple[int, dict[str, str]]]:
        """Line number and cells by field."""
        names = list(self._columns)
        cells = self._table.cells([self._columns[name] for name in names])
        return [(line, dict(zip(names, row, strict=True))) for line, row in cells]

    def _first_midnight(self) -> datetime | None:
        """The midnight before the first call; aware where the stamps of the file are."""
        values = [value for _line, (value,) in self._table.cells((self._columns["time"],))]
        self._day_first = day_stands_first(values)
        stamps = [
            found
            for value in values
            if not is_number(value) and (found := stamp(value, day_first=self._day_first)) is not None
        ]
        if not stamps:
            return None
        aware = stamps[0].tzinfo is not None
        first = min(found for found in stamps if (found.tzinfo is not None) == aware)
        return first.replace(hour=0, minute=0, second=0, microsecond=0)

    def call(self, number: int, line: int, cells: Mapping[str, str]) -> StudyCall:
        """One row; BadRow when it cannot be used."""
        call_id = node_name(cells["id"]) or str(number)
        if call_id in self._lines:
            first = self._lines[call_id]
            raise BadRow(
                self._table.file,
                line,
                _("{id} stands in line {first} too", id=safe_text(call_id), first=first),
            )
        self._lines[call_id] = line
        node_column = self._columns["node"]
        assert node_column is not None  # noqa: S101 - read_calls asked for it
        node = self._times.node(self._table, line, node_column, cells["node"])
        return StudyCall(
            call_id,
            self._at(line, cells["time"]),
            node,
            priority=self._priority(line, cells["priority"]),
            scene_min=self._duration(line, "scene", cells),
            hospital=self._hospital(line, node, cells),
            hospital_min=self._duration(line, "hospital_duration", cells),
            delay_min=self._duration(line, "dispatch_delay", cells),
            turnout_min=_optional(
                self._table, line, self._columns["turnout"], cells["turnout"], self._reading
            ),
        )

    def _duration(self, line: int, name: str, cells: Mapping[str, str]) -> float:
        column = self._columns[name]
        if column is None:
            return 0.0
        return self._table.duration(line, column, cells[name], self._reading.unit)

    def _at(self, line: int, value: str) -> float:
        column = self._columns["time"]
        if self._midnight is None:
            if not value:
                raise self._table.wrong(line, column or Column(0, "time", None), value, _("a number"))
            return _moment(self._table, line, column, value, self._reading)
        found = stamp(value, day_first=self._day_first)
        if found is None or (found.tzinfo is None) != (self._midnight.tzinfo is None):
            allowed = _("a date and time, as in the other rows")
            raise self._table.wrong(line, column or Column(0, "time", None), value, allowed)
        return (found - self._midnight).total_seconds() / 60

    def _priority(self, line: int, value: str) -> int:
        column = self._columns["priority"]
        if column is None or value.lower() in NOTHING:
            return 1
        word = value.lower()
        if word in _PRIORITIES:
            return _PRIORITIES[word]
        try:
            number = self._table.number(line, column, word.removeprefix("p"))
        except BadRow:
            number = 0.5
        if number != int(number):
            raise self._table.wrong(line, column, value, "1, 2, 3, high, medium, low, A1, A2, B")
        return int(number)

    def _hospital(self, line: int, node: int, cells: Mapping[str, str]) -> int | None:
        transport, column = self._columns["transport"], self._columns["hospital"]
        value = "" if cells["hospital"].lower() in NOTHING else cells["hospital"]
        carried = bool(value) if transport is None else self._table.flag(line, transport, cells["transport"])
        if not carried:
            return None
        minutes = self._times.minutes[node]
        if value and column is not None:
            hospital = self._times.node(self._table, line, column, value)
        elif self._hospitals:
            hospital = min(self._hospitals, key=lambda one: minutes[one])
        else:
            problem = _("a patient is carried, but to no hospital: fill the column or give --hospitals")
            raise BadRow(self._table.file, line, problem)
        return hospital


def read_nodes(path: Path, times: Times) -> list[int]:
    """The nodes of a file with one node a row (hospitals), in its order."""
    table = read_table(path)
    column = table.need("node", ("node", "hospital", "hospital_node", "id", "location"))
    return [times.node(table, line, column, value) for line, (value,) in table.cells((column,))]


def read_places(path: Path, times: Times) -> tuple[list[float], list[float]]:
    """x and y of every node, from columns node, x, y (or lon, lat)."""
    table = read_table(path)
    node = table.need("node", ("node", "id", "name"))
    x = table.need("x", ("x", "lon", "longitude", "lng", "easting"))
    y = table.need("y", ("y", "lat", "latitude", "northing"))
    place: dict[int, tuple[float, float]] = {}
    for line, (name, east, north) in table.cells((node, x, y)):
        number = times.number.get(node_name(name))
        if number is not None:
            place[number] = (
                table.number(line, x, east, least=None),
                table.number(line, y, north, least=None),
            )
    missing = [name for name, number in times.number.items() if number not in place]
    if missing:
        some = safe_text(", ".join(missing[:5]))
        raise DispatchError(_("{file} has no place for node {nodes}", file=path, nodes=some))
    rows = [place[number] for number in range(len(times.names))]
    return [row[0] for row in rows], [row[1] for row in rows]
