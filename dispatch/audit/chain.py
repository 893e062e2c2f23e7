"""The chain of rows: each names the hash of the one before it."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn, Protocol, cast

from dispatch.audit.canonical import Json, canonical
from dispatch.audit.entry import BODY_FIELDS, GENESIS, row_hash
from dispatch.language import N_, say

FAULTS = {
    "sequence": N_("row {row} is missing: the number after {before} is {found}"),
    "not_json": N_("row {row}: the text is not a JSON object of whole numbers"),
    "not_canonical": N_("row {row}: the text is not in canonical form, so it was not written by this log"),
    "fields": N_("row {row}: the text lacks or adds a field"),
    "number": N_("row {row}: the text gives another number ({found}) than the row has"),
    "link": N_("row {row} does not name the hash of the row before it"),
    "hash": N_("row {row}: the hash does not belong to the text"),
    "damaged": N_("the file is damaged: {found}"),
    "schema": N_("the tables are not as this program makes them: {found}"),
    "cut": N_("the log ends at row {row}, but row {expected} was already seen"),
    "cut_signed": N_("the log ends at row {row}, but {city} signed {expected} rows on {time}"),
    "root": N_("rows {first} to {row}: this is another history than the one {city} signed on {time}"),
    "joint": N_("row {row} is not the same in the sealed segment and in the file after it"),
    "head": N_("row {row} is not the row that was seen before: its hash differs"),
}


class Told(Protocol):
    """A fact that is said in words of its own in each language."""

    def text(self, language: str, /) -> str: ...


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing found wrong, at `row` (0: the file as a whole)."""

    code: str
    row: int = 0
    facts: Mapping[str, str | int | Told] = field(default_factory=dict)

    def text(self, language: str, names: Mapping[str, str] | None = None) -> str:
        """The sentence for `language`; `names` of cities by code."""
        facts = {
            name: value if isinstance(value, str | int) else value.text(language)
            for name, value in self.facts.items()
        }
        if "city" in facts:
            facts["city"] = (names or {}).get(str(facts["city"]), facts["city"])
        return say(language, FAULTS[self.code], row=self.row, **facts)


class Link(NamedTuple):
    """A row as stored: number, bytes of the text, hash."""

    seq: int
    body: bytes
    hash: str


def links(connection: sqlite3.Connection, after: int = 0) -> Iterator[Link]:
    """Every stored row past number `after`, as bytes, in order."""
    rows = connection.execute(
        "SELECT seq, CAST(body AS BLOB), hash FROM audit WHERE seq > ? ORDER BY seq", (after,)
    )
    return (Link(int(seq), bytes(body or b""), str(digest)) for seq, body, digest in rows)


@dataclass(frozen=True, slots=True)
class Run:
    """Rows that follow the row `after`, whose hash is `prev`."""

    after: int
    prev: str
    rows: Iterable[Link]


def whole(connection: sqlite3.Connection) -> Run:
    """The log from its first row."""
    return Run(0, GENESIS, links(connection))


def tail(connection: sqlite3.Connection, count: int) -> Run:
    """The last `count` rows, hung on the hash of the row before them."""
    start = connection.execute(
        "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1 OFFSET ?", (count,)
    ).fetchone()
    if start is None:
        return whole(connection)
    return Run(int(start[0]), str(start[1]), links(connection, after=int(start[0])))


def first_fault(run: Run) -> Fault | None:
    """The first row that does not follow from the one before it."""
    seq, prev = run.after, run.prev
    for link in run.rows:
        fault = fault_of(link, seq, prev)
        if fault is not None:
            return fault
        seq, prev = link.seq, link.hash
    return None


def fault_of(link: Link, seq: int, prev: str) -> Fault | None:
    """What is wrong with the row that should follow number `seq` with hash `prev`."""
    if link.seq != seq + 1:
        return Fault("sequence", seq + 1, {"before": seq, "found": link.seq})
    try:
        said = parse(link.body)
        written = canonical(said)
    except (ValueError, RecursionError):
        return Fault("not_json", link.seq)
    if written != link.body:
        return Fault("not_canonical", link.seq)
    if said.keys() != BODY_FIELDS:
        return Fault("fields", link.seq)
    if said["seq"] != link.seq:
        return Fault("number", link.seq, {"found": str(said["seq"])})
    if said["prev"] != prev:
        return Fault("link", link.seq)
    return None if row_hash(link.body) == link.hash else Fault("hash", link.seq)


def parse(body: bytes) -> dict[str, Json]:
    """The JSON object of a row; ValueError for anything else, floats included."""
    said = _decode(body.decode())
    if not isinstance(said, dict):
        raise ValueError("not an object")  # noqa: TRY004 - a fact about the text, as json's own error
    return cast("dict[str, Json]", said)


def _no_float(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a whole number")


_decode = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float).decode
