"""A blood station's stock as a table: read whole, every row that cannot be used named with its line.

UTF-8 (with or without a mark), UTF-16 with a mark, or GB18030; commas, semicolons or tabs; titles in English
or Chinese (config/blood/csv.toml). Dates as ISO 8601, year/month/day in any writing, or as Excel counts them.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from dispatch.blood.csv_words import CsvWords, Field_, component_of, folded
from dispatch.clock import CHINA
from dispatch.domain.blood import BloodGroup, Component, ComponentCode, Lot, LotId, LotState
from dispatch.domain.errors import DispatchError
from dispatch.language import N_, _, current
from dispatch.text import decoded, safe_text

MOST_ROWS = 20_000
MOST_UNITS = 1_000_000
TITLE_WITHIN = 10
"""A table may begin with lines of its own above the titles."""
_LOT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
_NUMBER = re.compile(r"(\d{1,9})(?:\.0*)?\s*(\D{0,8})")
_YEAR_FIRST = re.compile(
    r"(\d{4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})\D*?(?:(\d{1,2})\D(\d{1,2})(?:\D(\d{1,2}))?)?\D*"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_EXCEL = re.compile(r"(\d{5})(\.\d+)?")
_EXCEL_ZERO = datetime(1899, 12, 30, tzinfo=CHINA)
_ABO = re.compile(r"(AB|A|B|O|0)(.*)", re.DOTALL)
_BETWEEN = re.compile(r"[;,、|/\s]+")
_DELIMITERS = ",\t;"
_FIELDS: Mapping[Field_, str] = {
    "lot": N_("lot"),
    "component": N_("component"),
    "group": N_("blood group"),
    "rhd": N_("RhD"),
    "quantity": N_("quantity"),
    "expires": N_("expiry"),
    "state": N_("state"),
    "attributes": N_("attributes"),
}
_CSV = (
    ("field larger than field limit", N_("a cell is too long; perhaps a quotation mark is missing")),
    ("unexpected end of data", N_("a quotation mark is missing at the end")),
    ("line contains NUL", N_("it holds a zero byte: the file is no text")),
    ("new-line character seen in unquoted field", N_("a line ends in the middle of a cell")),
    ("delimiter expected after quote", N_("something stands between a quotation mark and the separator")),
)
"""Beginnings of what Python's reader of CSV complains of, in words of ours."""


class BadTable(DispatchError):
    """The table cannot be read at all."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why the row on a line (from 1) cannot be used, and what is allowed."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class StockTable:
    """What was read. `gone` are lots of quantity 0: not there, or in a difference taken off."""

    lots: tuple[Lot, ...]
    gone: tuple[LotId, ...]
    faults: tuple[RowFault, ...]
    ignored: tuple[str, ...]
    """Titles of columns that are not read."""
    encoding: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a table is read by."""

    words: CsvWords
    components: tuple[Component, ...]
    products: Mapping[str, ComponentCode]


class _Unreadable(Exception):
    """One cell of one row; its text says what is allowed."""


def read_stock(raw: bytes, by: Reading) -> StockTable:
    """Read a table; BadTable where not even its titles can be."""
    text, encoding = _decoded(raw)
    rows = list(_rows(text))
    titles_at, columns, ignored = _titles(rows, by.words)
    lots: dict[LotId, Lot] = {}
    seen: dict[LotId, int] = {}
    gone: list[LotId] = []
    faults: list[RowFault] = []
    for line, cells in rows[titles_at + 1 :]:
        if not any(cell.strip() for cell in cells):
            continue
        if len(seen) + len(faults) >= MOST_ROWS:
            raise BadTable(_("the table has more than {most} rows: split it by bank", most=MOST_ROWS))
        try:
            lot = _lot({field: cells[at] if at < len(cells) else "" for field, at in columns.items()}, by)
        except _Unreadable as why:
            faults.append(RowFault(line, str(why)))
            continue
        if lot.id in seen:
            why_not = _(
                "the lot {lot} stands on line {line} already: each lot once", lot=lot.id, line=seen[lot.id]
            )
            faults.append(RowFault(line, why_not))
            continue
        seen[lot.id] = line
        if lot.quantity:
            lots[lot.id] = lot
        else:
            gone.append(lot.id)
    return StockTable(tuple(lots.values()), tuple(gone), tuple(faults), ignored, encoding)


# --- the table ------------------------------------------------------------------------------------


def _decoded(raw: bytes) -> tuple[str, str]:
    """BadTable for what is no text."""
    if raw.startswith(b"PK\x03\x04"):
        raise BadTable(_("this is an Excel workbook: save it as CSV first"))
    found = decoded(raw)
    if found is None:
        raise BadTable(_("the text is neither UTF-8 nor GB18030: save the table as CSV UTF-8"))
    return found


def _rows(text: str) -> Iterable[tuple[int, list[str]]]:
    """(line, cells); the separator is the one that the first lines have most of."""
    head = "\n".join(text.splitlines()[:TITLE_WITHIN])
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    before = 0
    try:
        for cells in reader:
            yield before + 1, cells
            before = reader.line_num
    except csv.Error as error:
        raise BadTable(
            _("line {line} cannot be read as CSV: {error}", line=reader.line_num, error=_csv_words(error))
        ) from None


def _csv_words(error: csv.Error) -> str:
    said = str(error)
    return next((_(ours) for theirs, ours in _CSV if said.startswith(theirs)), said)


def _titles(
    rows: Sequence[tuple[int, list[str]]], words: CsvWords
) -> tuple[int, dict[Field_, int], tuple[str, ...]]:
    """(which row, column of each field, titles that are not read)."""
    best = max(
        range(min(len(rows), TITLE_WITHIN)),
        key=lambda at: sum(words.column(cell) is not None for cell in rows[at][1]),
        default=None,
    )
    cells = rows[best][1] if best is not None else []
    columns: dict[Field_, int] = {}
    ignored = []
    for at, title in enumerate(cells):
        field = words.column(title)
        if field is None:
            ignored.append(safe_text(title.strip(), 40))
        elif field in columns:
            raise BadTable(
                _("two columns are both {field}: {one} and {other}", field=_(_FIELDS[field]),
                  one=safe_text(cells[columns[field]], 40), other=safe_text(title, 40))
            )  # fmt: skip
        else:
            columns[field] = at
    missing = [field for field in words.needed.columns if field not in columns]
    if best is None or missing:
        allowed = _("; ").join(
            f"{_(_FIELDS[field])}{_(': ')}{_(', ').join(words.columns.get(field, ()))}" for field in missing
        )
        raise BadTable(_("columns are missing; their titles may be: {allowed}", allowed=allowed))
    return best, columns, tuple(title for title in ignored if title)


# --- one row --------------------------------------------------------------------------------------


def _lot(cells: Mapping[Field_, str], by: Reading) -> Lot:
    component = _component(cells["component"], by)
    return Lot(
        id=_lot_id(cells["lot"]),
        component=component.code,
        group=_group(cells["group"], cells.get("rhd", ""), by.words),
        quantity=_quantity(cells["quantity"], component),
        expires_at=_moment(cells["expires"]),
        state=_state(cells.get("state", ""), by.words),
        attributes=_attributes(cells.get("attributes", ""), component),
    )


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip()


def _lot_id(cell: str) -> LotId:
    text = _plain(cell).lstrip("='").replace(" ", "")
    if not _LOT.fullmatch(text):
        raise _Unreadable(
            _(
                "lot {found}: 1 to 64 of A-Z a-z 0-9 _ . : - (in Excel as text, not as a number)",
                found=_shown(cell),
            )
        )
    return LotId(text)


def _component(cell: str, by: Reading) -> Component:
    found = component_of(_plain(cell), by.components, dict(by.products))
    if found is None:
        names = _(", ").join(f"{one.code} {one.name.text(current())}" for one in by.components)
        raise _Unreadable(
            _(
                "component {found}: allowed are {allowed}, or a code of products.toml",
                found=_shown(cell),
                allowed=names,
            )
        )
    return found


def _group(cell: str, rhd: str, words: CsvWords) -> BloodGroup:
    text = _plain(cell).upper().replace(" ", "")
    for noise in words.groups.noise:
        text = text.replace(unicodedata.normalize("NFKC", noise).upper(), "")
    found = _ABO.fullmatch(text)
    abo, sign = (found[1].replace("0", "O"), found[2]) if found else ("", "")
    said = _plain(rhd).upper()
    for noise in words.groups.noise:
        said = said.replace(unicodedata.normalize("NFKC", noise).upper(), "")
    signs = {_rhd(each, words) for each in (sign, said) if each}
    if not abo or len(signs) != 1 or None in signs:
        raise _Unreadable(
            _("blood group {found}: allowed are {allowed}, the RhD sign here or in a column of its own",
              found=_shown(f"{cell} {rhd}".strip()), allowed=_(", ").join(BloodGroup))
        )  # fmt: skip
    return BloodGroup(abo + str(signs.pop()))


def _rhd(word: str, words: CsvWords) -> str | None:
    wanted = folded(word)
    if wanted in {folded(each) for each in words.rhd.positive}:
        return "+"
    return "-" if wanted in {folded(each) for each in words.rhd.negative} else None


def _quantity(cell: str, component: Component) -> int:
    """A unit may stand behind it, but only the component's own: 200 mL of red cells are not 200 U."""
    found = _NUMBER.fullmatch(_plain(cell).replace(",", ""))
    units = {folded(component.unit.zh), folded(component.unit.en), ""}
    if found is None or folded(found[2]) not in units or int(found[1]) > MOST_UNITS:
        raise _Unreadable(
            _("quantity {found}: a whole number from 0 to {most}, in {unit}",
              found=_shown(cell), most=MOST_UNITS, unit=component.unit.text(current()))
        )  # fmt: skip
    return int(found[1])


def _moment(cell: str) -> datetime:
    """A time; a day alone ends at 23:59 in China."""
    text = _plain(cell)
    try:
        return _read_moment(text)
    except (ValueError, OverflowError):
        raise _Unreadable(
            _("expiry {found}: year first, as 2026-11-30 or 2026/11/30 18:00, or a date cell of Excel",
              found=_shown(cell))
        ) from None  # fmt: skip


def _read_moment(text: str) -> datetime:
    if found := _EXCEL.fullmatch(text):
        moment = _EXCEL_ZERO + timedelta(days=int(found[1]), seconds=round(float(found[2] or 0) * 86_400))
        return _within(moment if found[2] else _end_of(moment.date()))
    if found := _COMPACT.fullmatch(text):
        return _within(_end_of(date(int(found[1]), int(found[2]), int(found[3]))))
    if "T" in text.upper() and (text.upper().endswith("Z") or re.search(r"[+-]\d\d:?\d\d$", text)):
        return _within(datetime.fromisoformat(text))
    found = _YEAR_FIRST.fullmatch(text)
    if found is None:
        raise ValueError(text)
    day = date(int(found[1]), int(found[2]), int(found[3]))
    if found[4] is None:
        return _within(_end_of(day))
    return _within(datetime.combine(day, time(int(found[4]), int(found[5]), int(found[6] or 0)), CHINA))


def _within(moment: datetime) -> datetime:
    if not 2000 <= moment.year <= 2100:
        raise ValueError(moment)
    return moment


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59), CHINA)


def _state(cell: str, words: CsvWords) -> LotState:
    text = _plain(cell)
    if not text:
        return LotState.AVAILABLE
    found = words.state(text)
    if found is None:
        comma = _(", ")
        allowed = comma.join(f"{state} ({comma.join(names[1:3])})" for state, names in words.states.items())
        raise _Unreadable(_("state {found}: allowed are {allowed}", found=_shown(cell), allowed=allowed))
    return found


def _attributes(cell: str, component: Component) -> frozenset[str]:
    found = set()
    for word in _BETWEEN.split(_plain(cell)):
        if not word:
            continue
        known = [
            one.code
            for one in component.attributes
            if folded(word) in (folded(one.code), folded(one.name.zh), folded(one.name.en))
        ]
        if not known:
            allowed = (
                _(", ").join(f"{one.code} {one.name.text(current())}" for one in component.attributes) or "-"
            )
            raise _Unreadable(
                _("attribute {found}: allowed for {component} are {allowed}",
                  found=_shown(word), component=component.name.text(current()), allowed=allowed)
            )  # fmt: skip
        found.add(known[0])
    return frozenset(found)


def _shown(text: str) -> str:
    return safe_text(text.strip(), 40) or '""'
