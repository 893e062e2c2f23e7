"""Calls, units and driving minutes as another simulator wrote them; columns: docs/studies.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from pathlib import Path

from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.text import safe_text
from simulators.study.csv_rows import BadRow
from simulators.study.model import StudyCall, StudyUnit
from simulators.study.stamps import day_stands_first, stamp
from simulators.study.tables import NOTHING, Column, Table, read_table

CALL_FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": (
        "id",
        "call",
        "call_id",
        "call_no",
        "callid",
        "incident",
        "incident_id",
        "index",
        "number",
        "编号",
        "呼叫编号",
    ),
    "time": (
        "time",
        "call_time",
        "at",
        "t",
        "called",
        "received",
        "arrival_time",
        "arrival",
        "time_of_call",
        "呼叫时间",
        "时间",
    ),
    "node": (
        "node",
        "node_id",
        "call_node",
        "location",
        "loc",
        "zone",
        "postcode",
        "nearest_node",
        "origin",
        "site",
        "demand_node",
        "呼叫节点",
        "节点",
        "地点",
    ),
    "scene": (
        "scene",
        "on_scene",
        "scene_duration",
        "on_scene_duration",
        "on_scene_time",
        "scene_time",
        "service_time",
        "service",
        "service_duration",
        "现场时长",
    ),
    "transport": (
        "transport",
        "transported",
        "is_transport",
        "is_transported",
        "to_hospital",
        "needs_transport",
        "transfer",
        "是否转运",
        "转运",
    ),
    "hospital": (
        "hospital",
        "hospital_node",
        "hospital_id",
        "hospital_index",
        "destination",
        "dest",
        "医院节点",
        "医院",
    ),
    "hospital_duration": (
        "hospital_duration",
        "at_hospital_duration",
        "at_hospital",
        "hospital_time",
        "handover_duration",
        "handover",
        "transfer_duration",
        "turnaround",
        "drop_off",
        "医院时长",
        "医院停留",
        "hospital_",
    ),
    "priority": ("priority", "prio", "urgency", "triage", "class", "优先级"),
    "dispatch_delay": ("dispatch_delay", "delay", "call_taking", "pre_dispatch"),
    "turnout": ("turnout", "turnout_time", "mobilisation", "mobilization", "mobilisation_delay", "chute"),
}
UNIT_FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": (
        "id",
        "unit",
        "unit_id",
        "ambulance",
        "ambulance_id",
        "vehicle",
        "name",
        "index",
        "number",
        "车辆",
        "编号",
    ),
    "base": (
        "base",
        "base_node",
        "station_node",
        "station",
        "home",
        "home_node",
        "node",
        "location",
        "base_id",
        "station_id",
        "node_id",
        "驻地",
        "驻地节点",
        "急救站",
    ),
    "start": ("start", "start_node", "initial_node", "initial", "start_location", "起始节点"),
    "from": ("from", "available_from", "start_time", "shift_start", "on_duty", "start_"),
    "until": ("until", "available_until", "end_time", "shift_end", "off_duty"),
    "turnout": ("turnout", "turnout_time", "mobilisation", "mobilization", "mobilisation_delay", "chute"),
}
TIME_FIELDS: Mapping[str, tuple[str, ...]] = {
    "from": (
        "from",
        "from_node",
        "origin",
        "o",
        "i",
        "source",
        "start",
        "from_id",
        "origin_id",
        "origin_node",
        "source_id",
        "source_node",
        "start_node",
        "node_from",
        "起点",
    ),
    "to": (
        "to",
        "to_node",
        "destination",
        "dest",
        "d",
        "j",
        "target",
        "end",
        "to_id",
        "destination_id",
        "destination_node",
        "dest_id",
        "dest_node",
        "target_id",
        "target_node",
        "end_node",
        "node_to",
        "终点",
    ),
    "minutes": (
        "minutes",
        "min",
        "time",
        "travel_time",
        "travel",
        "duration",
        "driving_time",
        "drive_time",
        "cost",
        "weight",
        "t",
        "travel_minutes",
        "分钟",
    ),
}
TIMED = frozenset(
    {"time", "scene", "hospital_duration", "dispatch_delay", "turnout", "from", "until", "minutes"}
)
"""Fields that are moments or durations."""
TIME_SECONDS = ("seconds", "sec", "s", "travel_seconds")
_PRIORITIES = {"high": 1, "medium": 2, "med": 2, "low": 3, "a1": 1, "a2": 2, "b": 3, "b1": 3, "b2": 4}
_PRIORITIES |= {"高": 1, "中": 2, "低": 3}


@dataclass(frozen=True)
class Reading:
    """How the files are to be read; `columns` as {"calls": {"node": "postcode"}}."""

    unit: str = "min"
    times_unit: str | None = None
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    symmetric: bool = False
    first_node: int = 1
    start_is: str | None = None
    """"node" or "time": what a units column named "start" holds; None: nodes if all are known ones."""
    read: dict[str, dict[str, str]] = field(default_factory=dict)
    """What was taken from which header, by file; filled while files are read."""
    not_read: dict[str, list[str]] = field(default_factory=dict)
    """Headers that mean nothing here, by file."""

    def named(self, file: str, name: str) -> str | None:
        """The header that the user gave for a field."""
        return self.columns.get(file, {}).get(name)

    def note(self, file: str, table: Table, columns: Mapping[str, Column | None]) -> None:
        """Remember which column every field was read from, and which columns nobody read."""
        used = {name: column for name, column in columns.items() if column is not None}
        self.read[file] = {name: column.header.strip() for name, column in used.items()}
        places = {column.place for column in used.values()}
        self.not_read[file] = [
            header.strip() for place, header in enumerate(table.header) if place not in places
        ]


def node_name(value: str) -> str:
    """A node as it is compared: 12 and 12.0 are one, 012 is another."""
    text = value.strip()
    whole, dot, part = text.partition(".")
    return whole if dot and whole.lstrip("-").isdigit() and not part.strip("0") else text


class Times:
    """Minutes between nodes; `number` gives the place of a node in `minutes`."""

    def __init__(self, file: str, names: Sequence[str]) -> None:
        self.file, self.names = file, list(names)
        self.number = {name: place for place, name in enumerate(self.names)}
        self.minutes = [[inf] * len(names) for _name in names]
        for place, row in enumerate(self.minutes):
            row[place] = 0.0

    def aligned(self, other: "Times") -> "Times":
        """`other` with the node numbers of this one; a node that it lacks has no ways."""
        found = Times(other.file, self.names)
        for start, origin in enumerate(self.names):
            for end, target in enumerate(self.names):
                if origin in other.number and target in other.number:
                    found.minutes[start][end] = other.minutes[other.number[origin]][other.number[target]]
        return found

    def node(self, table: Table, line: int, column: Column, value: str) -> int:
        """The number of a node that a row names."""
        name = node_name(value)
        if name not in self.number:
            some = ", ".join(self.names[:5])
            allowed = _("a node of {file}, e.g. {some}", file=self.file, some=safe_text(some))
            raise table.wrong(line, column, value, allowed)
        return self.number[name]


def read_times(path: Path, reading: Reading) -> Times:
    """A list of pairs, a matrix with node names in the first row and column, or a bare square matrix."""
    bare = read_table(path, headless=True)
    if _is_number(bare.rows[0][1][0]) and len(bare.rows) == len(bare.header) > 1:
        return _bare_matrix(bare, reading)
    table = read_table(path)
    fields = [
        table.find(TIME_FIELDS[name], reading.named("times", name), timed=name == "minutes")
        for name in ("from", "to", "minutes")
    ]
    unit = reading.times_unit or reading.unit
    if fields[2] is None and fields[0] is not None and fields[1] is not None:
        fields[2], unit = table.find(TIME_SECONDS), "s"
    origin, target, minutes = fields
    if origin is not None and target is not None and minutes is not None and origin.place != target.place:
        reading.note("times", table, {"from": origin, "to": target, "minutes": minutes})
        return _pairs(table, origin, target, minutes, unit, reading)
    names = {node_name(header) for header in table.header[1:]}
    if not any(node_name(row[0]) in names for _line, row in table.rows):
        headers = ", ".join(safe_text(header) for header in table.header[:6])
        problem = _(
            "neither pairs (columns from, to, minutes, or --column times.from=…) nor a matrix with the names "
            "of the nodes in its first row and column; the first line says: {headers}",
            headers=headers,
        )
        raise BadRow(table.file, 1, problem)
    return _matrix(table, reading)


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _pairs(
    table: Table, origin: Column, target: Column, minutes: Column, unit: str, reading: Reading
) -> Times:
    found: dict[tuple[str, str], tuple[float, int]] = {}
    for line, (start, end, value) in table.cells((origin, target, minutes)):
        pair = (node_name(start), node_name(end))
        if value.lower() in NOTHING:
            raise table.wrong(line, minutes, value, _("a number; leave the row out where there is no way"))
        taken = table.duration(line, minutes, value, unit)
        if pair in found and found[pair][0] != taken:
            first = found[pair][1]
            problem = _("{pair} stands in line {first} with another time", pair=" > ".join(pair), first=first)
            raise BadRow(table.file, line, safe_text(problem))
        found[pair] = (taken, line)
    if not found:
        raise BadRow(table.file, 1, _("there are no rows"))
    times = Times(table.file, list(dict.fromkeys(name for pair in found for name in pair)))
    for (start, end), (taken, _line) in found.items():
        times.minutes[times.number[start]][times.number[end]] = taken
    if reading.symmetric:
        for start, end in found:
            if (end, start) not in found:
                times.minutes[times.number[end]][times.number[start]] = found[start, end][0]
    return times


def _matrix(table: Table, reading: Reading) -> Times:
    names = [node_name(header) for header in table.header[1:]]
    if len(set(names)) < len(names):
        raise BadRow(table.file, 1, _("a node stands twice in the first line"))
    times = Times(table.file, names)
    first, unit = Column(0, table.header[0], None), reading.times_unit or reading.unit
    filled: set[int] = set()
    for line, row in table.rows:
        start = times.node(table, line, first, row[0])
        if start in filled:
            raise BadRow(table.file, line, _("node {node} stands twice", node=safe_text(row[0])))
        filled.add(start)
        for place, value in enumerate(row[1:]):
            column = Column(place + 1, table.header[place + 1], None)
            if value.strip().lower() not in {*NOTHING, "inf"}:
                times.minutes[start][place] = table.duration(line, column, value.strip(), unit)
    return times


def _bare_matrix(table: Table, reading: Reading) -> Times:
    times = Times(table.file, [str(reading.first_node + place) for place in range(len(table.header))])
    unit = reading.times_unit or reading.unit
    for start, (line, row) in enumerate(table.rows):
        for place, value in enumerate(row):
            column = Column(place, times.names[place], None)
            if value.strip().lower() not in {*NOTHING, "inf"}:
                times.minutes[start][place] = table.duration(line, column, value.strip(), unit)
            elif start != place:
                times.minutes[start][place] = inf
    return times


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
            if not _is_number(value) and (found := stamp(value, day_first=self._day_first)) is not None
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
