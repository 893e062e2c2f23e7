"""The cities of a province as rows of a board, and the line above them; pure."""

from collections.abc import Mapping, Sequence

from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.symbols import symbols
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Name
from dispatch.language import N_, _, current
from dispatch.province.model import CityCount

TOTAL = "total"
OLD_S = 15.0
"""A position that is older, among units that count as heard, is coloured."""
LINK_WORDS = {"up": N_("connected"), "down": N_("link lost"), "none": N_("no broker")}


def province_columns() -> tuple[Column, ...]:
    """Titles in the language in use; what matters least goes first where there is no room."""
    return (
        Column("city", _("city"), None, min_width=12),
        Column("link", _("link"), 12),
        Column("available", _("available"), 9, "right"),
        Column("busy", _("on task"), 8, "right"),
        Column("silent", _("not heard"), 9, "right"),
        Column("out", _("not in service"), 14, "right", priority=3),
        Column("incidents", _("incidents"), 9, "right"),
        Column("waiting", _("waiting"), 8, "right", priority=1),
        Column("critical", _("priority 1"), 10, "right", priority=2),
        Column("blood", _("blood"), 6, "right"),
        Column("oldest", _("oldest position"), 15, "right", priority=4),
        Column("rate", _("messages/s"), 10, "right", priority=5),
        Column("refused", _("messages refused"), 16, "right", priority=6),
    )


def province_rows(
    counts: Sequence[CityCount], names: Mapping[CityCode, Name], rates: Mapping[CityCode, float]
) -> list[Row]:
    """One row a city in the order given, and the sum of all below them."""
    rows = [_row(one, names[one.city].text(current()), rates.get(one.city, 0.0)) for one in counts]
    return [*rows, _sum(counts, sum(rates.values()))]


def _row(count: CityCount, name: str, rate: float) -> Row:
    seen = count.link == "up"
    style = "normal" if seen else "offline"
    return Row(
        str(count.city),
        (
            Cell(name, "strong" if seen else "offline"),
            link_cell(count),
            _number(count.available, "free", seen),
            _number(count.busy, "busy", seen),
            _number(count.silent, "abnormal", seen),
            _number(count.out, "off_duty", seen),
            _number(count.incidents, "normal", seen),
            _number(count.waiting, "abnormal", seen),
            _number(count.critical, "critical_text", seen),
            _number(count.blood, "warning", seen),
            _oldest(count.oldest_s, seen),
            Cell(f"{rate:,.0f}", "dim", rate),
            _number(count.refused, "abnormal", seen),
        ),
        style,
    )


def _sum(counts: Sequence[CityCount], rate: float) -> Row:
    up = sum(one.link == "up" for one in counts)
    oldest = max((one.oldest_s for one in counts if one.oldest_s is not None), default=None)
    fields = ("available", "busy", "silent", "out", "incidents", "waiting", "critical", "blood")
    sums = [sum(getattr(one, field) for one in counts) for field in fields]
    refused = sum(one.refused for one in counts)
    return Row(
        TOTAL,
        (
            Cell(_("all together"), "title"),
            Cell(_("{up} of {all}", up=up, all=len(counts)), "strong" if up == len(counts) else "abnormal"),
            *(Cell(f"{one:,}", "strong", one) for one in sums),
            _oldest(oldest, seen=True),
            Cell(f"{rate:,.0f}", "dim", rate),
            Cell(f"{refused:,}", "dim", refused),
        ),
    )


def link_cell(count: CityCount) -> Cell:
    """Link and centre: a link without its centre is no city at work."""
    signs = symbols()
    if count.link != "up":
        sign = signs.dash if count.link == "none" else signs.offline
        return Cell(f"{sign} {_(LINK_WORDS[count.link])}", "offline" if count.link == "none" else "warning")
    if not count.centre:
        return Cell(f"{signs.warning} {_('no centre')}", "warning")
    return Cell(f"{signs.good} {_(LINK_WORDS['up'])}", "good")


def _number(value: int, style: str, seen: bool) -> Cell:
    shown = style if value else "zero"
    return Cell(f"{value:,}", shown if seen else "offline", value)


def _oldest(age_s: float | None, seen: bool) -> Cell:
    if age_s is None:
        return Cell(symbols().dash, "zero", -1.0)
    style = "offline" if not seen else "abnormal" if age_s > OLD_S else "normal"
    return Cell(_("{seconds} s", seconds=f"{age_s:.0f}"), style, age_s)


def province_lines(counts: Sequence[CityCount], names: Mapping[CityCode, Name]) -> list[str]:
    """The same as plain text for a pipe: one line a city, with what is wrong behind it."""
    lines = []
    for one in counts:
        said = _(
            "{city}: {link}; {available} available, {busy} on task, {silent} not heard, {out} out; "
            "{incidents} incidents, {waiting} waiting; {blood} blood warnings",
            city=names[one.city].text(current()),
            link=link_cell(one).text[2:],
            available=one.available,
            busy=one.busy,
            silent=one.silent,
            out=one.out,
            incidents=one.incidents,
            waiting=one.waiting,
            blood=one.blood,
        )
        lines.append(said)
    return lines
