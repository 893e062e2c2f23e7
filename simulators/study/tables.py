"""CSV files of other programs: columns found by name, numbers and units read, bad rows refused by line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.text import safe_text
from simulators.study.csv_rows import BadRow, read_rows

UNITS_MIN = {"s": 1 / 60, "sec": 1 / 60, "secs": 1 / 60, "second": 1 / 60, "seconds": 1 / 60}
UNITS_MIN |= {"min": 1.0, "mins": 1.0, "minute": 1.0, "minutes": 1.0, "m": 1.0}
UNITS_MIN |= {"h": 60.0, "hr": 60.0, "hour": 60.0, "hours": 60.0, "d": 1440.0, "day": 1440.0, "days": 1440.0}
_PER_MIN = {"s": 60.0, "min": 1.0, "h": 1 / 60, "d": 1 / 1440}
YES = frozenset({"1", "true", "t", "yes", "y", "是", "transport", "transported"})
NO = frozenset({"0", "false", "f", "no", "n", "否", "", "none", "na", "nan", "null"})
NOTHING = frozenset({"", "na", "nan", "none", "null", "-"})


def folded(header: str) -> str:
    """A header as it is compared: OnSceneDuration, "on-scene duration" and on_scene_duration are one."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", header.strip())
    return re.sub(r"[^\w]+", "_", parted).strip("_").lower()


def minutes_of(value: float, unit: str) -> float:
    """Minutes of a number; whole seconds divide exactly as value / 60."""
    return value / 60 if UNITS_MIN[unit] == UNITS_MIN["s"] else value * UNITS_MIN[unit]


def in_unit(minutes: float, unit: str) -> float:
    """Minutes in the unit of a file."""
    return minutes * _PER_MIN[unit]


@dataclass(frozen=True)
class Column:
    """Where a field stands, under what header, and in which unit of time if the header says so."""

    place: int
    header: str
    unit: str | None


@dataclass(frozen=True)
class Table:
    """The rows of a file with their line numbers; `decimal_commas`: 3,5 may stand for 3.5 in it."""

    file: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    decimal_commas: bool = False

    def find(self, aliases: Sequence[str], named: str | None = None, *, timed: bool = False) -> Column | None:
        """The column of the first alias there is; `named` wins.

        A duration's header may end in a unit (scene_s); an alias that ends in "_" must have one.
        """
        if named is not None:
            wanted = named.strip()
            for same in (str.strip, folded):
                for place, header in enumerate(self.header):
                    if same(header) == same(wanted):
                        return self._single(place)
            allowed = ", ".join(safe_text(header) for header in self.header)
            problem = _("there is no column {name}; there are: {allowed}", name=wanted, allowed=allowed)
            raise BadRow(self.file, 1, problem)
        names = [folded(header) for header in self.header]
        for alias in aliases:
            for place, name in enumerate(names):
                behind = name.removeprefix(alias.rstrip("_") + "_")
                if name == alias or (timed and behind != name and behind in UNITS_MIN):
                    return self._single(place)
        return None

    def _single(self, place: int) -> Column:
        """That column; BadRow where another one has the very same header."""
        header = self.header[place]
        if [one.strip() for one in self.header].count(header.strip()) > 1:
            raise BadRow(self.file, 1, _("the column {name} stands twice", name=safe_text(header)))
        return Column(place, header, self._unit(header))

    def need(
        self, field: str, aliases: Sequence[str], named: str | None = None, *, timed: bool = False
    ) -> Column:
        """As `find`; BadRow when there is none."""
        column = self.find(aliases, named, timed=timed)
        if column is None:
            allowed = ", ".join(aliases[:6])
            raise BadRow(
                self.file,
                1,
                _(
                    "no column for {field}; name it {allowed} or map it by --column",
                    field=field,
                    allowed=allowed,
                ),
            )
        return column

    @staticmethod
    def _unit(header: str) -> str | None:
        last = folded(header).rpartition("_")[2]
        return last if last in UNITS_MIN and "_" in folded(header) else None

    def wrong(self, line: int, column: Column, value: str, allowed: str) -> BadRow:
        """The refusal of one value."""
        problem = _(
            "{column}: {value} is not allowed; allowed: {allowed}",
            column=safe_text(column.header),
            value=safe_text(value, 40) or "''",
            allowed=allowed,
        )
        return BadRow(self.file, line, problem)

    def number(self, line: int, column: Column, value: str, *, least: float | None = 0.0) -> float:
        """A finite number, by default not negative."""
        if self.decimal_commas and re.fullmatch(r"[+-]?\d+,\d+", value):
            value = value.replace(",", ".")
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not isfinite(number) or (least is not None and number < least):
            allowed = _("a number") if least is None else _("a number from {least:g} on", least=least)
            raise self.wrong(line, column, value, allowed)
        return number

    def duration(self, line: int, column: Column, value: str, unit: str) -> float:
        """Minutes; empty is 0; H:MM:SS is understood."""
        if value.lower() in NOTHING:
            return 0.0
        if ":" in value:
            return self._clock(line, column, value)
        return minutes_of(self.number(line, column, value), column.unit or unit)

    def _clock(self, line: int, column: Column, value: str) -> float:
        parts = value.split(":")
        if len(parts) in (2, 3) and all(re.fullmatch(r"\d+(\.\d+)?", part) for part in parts):
            hours, minutes, seconds = (*map(float, parts), 0.0)[:3]
            return hours * 60 + minutes + seconds / 60
        raise self.wrong(line, column, value, _("a number, or H:MM:SS"))

    def flag(self, line: int, column: Column, value: str) -> bool:
        """Yes or no."""
        word = value.lower().removesuffix(".0")
        if word in YES:
            return True
        if word in NO:
            return False
        raise self.wrong(line, column, value, "1, 0, true, false, yes, no")

    def cells(self, columns: Sequence[Column | None]) -> Iterator[tuple[int, list[str]]]:
        """Line number and the cells of some columns ("" where there is no column)."""
        for line, row in self.rows:
            yield line, ["" if column is None else row[column.place].strip() for column in columns]


def is_number(value: str) -> bool:
    """Whether a cell is a plain number."""
    try:
        float(value)
    except ValueError:
        return False
    return True


def read_table(path: Path, *, headless: bool = False) -> Table:
    """The whole file; BadRow for ragged rows, DispatchError for a bad file."""
    rows, separator = read_rows(path)
    header = tuple(str(place) for place in range(len(rows[0][1]))) if headless else rows[0][1]
    return Table(str(path), header, tuple(rows if headless else rows[1:]), separator != ",")


def column_options(given: Sequence[str], files: Mapping[str, Sequence[str]]) -> dict[str, dict[str, str]]:
    """--column calls.node=postcode as {"calls": {"node": "postcode"}}; DispatchError names the fields."""
    found: dict[str, dict[str, str]] = {name: {} for name in files}
    for one in given:
        where, _equals, header = one.partition("=")
        file, _dot, field = where.strip().partition(".")
        if file not in files or field not in files[file] or not header:
            allowed = ", ".join(f"{name}.{known}" for name, fields in files.items() for known in fields)
            raise DispatchError(
                _("--column {given}: say FILE.FIELD=HEADER; fields: {allowed}", given=one, allowed=allowed)
            )
        found[file][field] = header
    return found
