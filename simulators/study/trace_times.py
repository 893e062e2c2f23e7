"""Driving minutes between nodes as another simulator wrote them: a list of pairs, or a matrix."""

from collections.abc import Sequence
from math import inf
from pathlib import Path

from dispatch.language import _
from dispatch.text import safe_text
from simulators.study.csv_rows import BadRow
from simulators.study.tables import NOTHING, Column, Table, is_number, read_table
from simulators.study.trace_columns import TIME_FIELDS, TIME_SECONDS, Reading


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
    if is_number(bare.rows[0][1][0]) and len(bare.rows) == len(bare.header) > 1:
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
