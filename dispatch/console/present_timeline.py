"""The timeline of an incident as sentences and rows: what was done, when, by whom; the newest on top."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache

from dispatch.clock import from_epoch_ms
from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.present_incidents import priority_text
from dispatch.console.present_places import place_said
from dispatch.console.present_scene import name_text
from dispatch.console.present_times import clock_text
from dispatch.console.present_units import SOURCE_WORDS, capability_text, state_text
from dispatch.console.symbols import symbols
from dispatch.domain.geography import CityCode
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import ENDING_NAMES, Ending, Priority
from dispatch.domain.orders import REASONS
from dispatch.domain.timeline import SENTENCES, Entry
from dispatch.domain.units import Capability, StateSource, UnitState
from dispatch.language import N_, _
from dispatch.picture.live import Picture
from dispatch.text import cell_width, safe_text

Saying = Callable[[str], str]
"""A stored reason -> what it says in the language in use, safe to show."""

_LOUD = frozenset(
    {"chase", "none_free", "order.denied", "unit.refused", "conflict", "aid.declined", "aid.expired"}
)
_DIM = frozenset({"destination.heard", "order.reserved"})
_FIELDS = {
    "priority": N_("priority"),
    "patients": N_("patients"),
    "needs": N_("needs"),
    "chief_complaint": N_("complaint"),
    "place": N_("place"),
    "position": N_("position"),
}
_TEXT_CELLS = 400


class _Facts(dict[str, str]):
    """What a sentence asks for and nobody gave is a question mark, never an error."""

    def __missing__(self, key: str) -> str:
        return "?"


def entry_text(entry: Entry, picture: Picture, word_of: Saying) -> str:
    """One line as a sentence in the language in use; a code of a newer centre is said as it is."""
    facts = _Facts({key: _said(key, value, picture, word_of) for key, value in entry.facts.items()})
    if entry.code == "amend":
        facts["what"] = _amended(entry)
    sentence = SENTENCES.get(entry.code)
    if sentence is None:
        return " ".join([safe_text(entry.code), *facts.values()])
    return _(sentence).format_map(facts).strip()


def _said(key: str, value: str | int, picture: Picture, word_of: Saying) -> str:
    """One fact of a line, safe to show."""
    text = str(value)
    match key:
        case "state" | "before" if text.isdigit() and int(text) in list(UnitState):
            return state_text(UnitState(int(text)))
        case "source" if text in list(StateSource):
            return _(SOURCE_WORDS[StateSource(text)])
        case "ending" if text in list(Ending):
            return _(ENDING_NAMES[Ending(text)])
        case "ending" | "reason" if text in REASONS:
            return _(REASONS[text])
        case "reason":
            return word_of(text)
        case "city" if CityCode(text) in picture.cities:
            return name_text(picture.cities[CityCode(text)].name)
        case "hospital" if HospitalId(text) in picture.hospitals:
            return name_text(picture.hospitals[HospitalId(text)].name)
        case "place":
            return place_said(text, _TEXT_CELLS)
    return safe_text(text, _TEXT_CELLS)


def _amended(entry: Entry) -> str:
    """ "级别 2 紧急 → 1 危重, 人数 1 → 3"."""
    fields = str(entry.facts.get("what", "")).replace(",", " ").split()
    said = []
    for field in fields:
        name = _(_FIELDS[field]) if field in _FIELDS else safe_text(field, 40)
        before, after = entry.facts.get(f"{field}_before"), entry.facts.get(field)
        change = "" if after is None else f" {_value(field, before)} {symbols().to} {_value(field, after)}"
        said.append(name + change)
    return _(", ").join(said)


def _value(field: str, value: str | int | None) -> str:
    text = str(value or "")
    if field == "priority" and text in ("1", "2", "3"):
        return priority_text(Priority(int(text)))
    if field == "needs":
        known = frozenset(Capability(code) for code in text.split() if code in list(Capability))
        return capability_text(known) or symbols().dash
    if field == "place":
        return place_said(text, _TEXT_CELLS) or symbols().dash
    return safe_text(text, _TEXT_CELLS) or symbols().dash


def timeline_columns() -> tuple[Column, ...]:
    """The columns of `timeline_rows`, titled in the language in use."""
    return (
        Column("at", _("Time"), 11),
        Column("what", _("What was done"), None, min_width=30),
        Column("who", _("By whom"), None, min_width=14, most=20, priority=1),
    )


def timeline_rows(
    entries: Sequence[Entry], picture: Picture, word_of: Saying, now: datetime, cells: int
) -> list[Row]:
    """The newest line first; a sentence longer than `cells` goes on in rows of its own."""
    rows: list[Row] = []
    for entry in reversed(entries):
        style = "warning" if entry.code in _LOUD else "dim" if entry.code in _DIM else "normal"
        at = _at_text(entry.at, now)
        for part, text in enumerate(_wrapped(_with_time(entry, entry_text(entry, picture, word_of)), cells)):
            first = not part
            rows.append(
                Row(
                    f"{entry.number}.{part}",
                    (
                        Cell(at if first else "", "dim"),
                        Cell(text, style),
                        Cell(safe_text(entry.by, 40) if first else "", "dim"),
                    ),
                )
            )
    return rows


def _at_text(at: datetime, now: datetime) -> str:
    """With seconds today; before that with the day and without them, as wide as the column."""
    seconds = clock_text(at, seconds=True)
    dated = clock_text(at, now)
    return seconds if dated == seconds[: len(dated)] else dated


def _with_time(entry: Entry, text: str) -> str:
    """A hold says until when."""
    until = entry.facts.get("until_ms")
    if isinstance(until, int):
        return f"{text}  {_('until {time}', time=clock_text(from_epoch_ms(until)))}"
    return text


@lru_cache(4096)
def _wrapped(text: str, cells: int) -> tuple[str, ...]:
    """A text in lines of at most `cells` terminal cells; broken at a space where there is one."""
    if cell_width(text) <= cells:
        return (text,)
    lines: list[str] = []
    line, width, space = "", 0, -1
    for char in text:
        line, width = line + char, width + cell_width(char)
        if char == " ":
            space = len(line)
        if width > max(2, cells):
            cut = space if space > len(line) // 2 else len(line) - 1
            lines.append(line[:cut].rstrip())
            line, space = line[cut:], -1
            width = cell_width(line)
    return (*lines, line) if line or not lines else tuple(lines)
