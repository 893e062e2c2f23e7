"""Requests for help between cities as rows, details and the lines of the banner."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from dispatch import language
from dispatch.console.neighbours import Part, claimed_elsewhere, deadline
from dispatch.console.ports import Keeps
from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.present_incidents import priority_text
from dispatch.console.present_places import place_said
from dispatch.console.present_scene import Scene, city_cell, city_name, name_text
from dispatch.console.present_times import age_text, clock_text, duration_text
from dispatch.console.present_units import capability_text, state_text
from dispatch.console.symbols import symbols
from dispatch.decide.editions import version_text
from dispatch.domain.aid import AID_STATE_NAMES, Aid, AidKind, AidState
from dispatch.domain.geography import City, CityCode
from dispatch.domain.incidents import Priority
from dispatch.domain.units import UnitId
from dispatch.language import N_, _
from dispatch.picture.fleet import Fleet
from dispatch.text import cell_width, safe_text

_S = AidState
_WORDS = {
    (Part.ANSWER, _S.REQUESTED): N_("answer it"),
    (Part.ANSWER, _S.RECEIVED): N_("answer it"),
    (Part.NAME, _S.ACCEPTED): N_("name a unit"),
    (Part.NAME, _S.COMMITTED): N_("name another unit"),
    (Part.NAME, _S.DEPLOYED): N_("name another unit"),
    (Part.WAITING, _S.REQUESTED): N_("not received yet"),
    (Part.WAITING, _S.RECEIVED): N_("not answered yet"),
    (Part.WAITING, _S.ACCEPTED): N_("accepted, no unit yet"),
    (Part.REFUSED, _S.DECLINED): N_("declined"),
    (Part.REFUSED, _S.EXPIRED): N_("no answer in time"),
    (Part.BORROWED, _S.COMMITTED): N_("borrowed, not ordered"),
    (Part.BORROWED, _S.DEPLOYED): N_("borrowed, under way"),
    (Part.LENT, _S.COMMITTED): N_("lent, not ordered"),
    (Part.LENT, _S.DEPLOYED): N_("lent, under way"),
    (Part.OVER, _S.RELEASED): N_("given back"),
    (Part.OVER, _S.DECLINED): N_("declined"),
    (Part.OVER, _S.CANCELLED): N_("taken back"),
    (Part.OVER, _S.EXPIRED): N_("no answer in time"),
}
"""Where it stands, from the side of the city that looks at it."""
Saying = Callable[[str], str]
"""A stored reason -> what it says in the language in use, safe to show."""
_RED_BELOW_S = 30
"""So close to its deadline an unanswered request is red, whatever its priority and whoever works on it."""


def aid_word(part: Part, aid: Aid) -> str:
    """A word or two for where it stands for us."""
    if aid.kind is AidKind.INCIDENT and aid.state is _S.RELEASED:
        return _("taken over")
    word = _WORDS.get((part, aid.state))
    return _(word) if word else _(AID_STATE_NAMES[aid.state])


def asked_text(aid: Aid) -> str:
    """ "2 辆", or that the whole incident is to be handed over."""
    if aid.kind is AidKind.INCIDENT:
        return _("take over")
    return _("1 unit") if aid.count == 1 else _("{count} units", count=aid.count)


def left_s(aid: Aid, now: datetime) -> float | None:
    """Seconds until the next step has to come; None where nothing has to."""
    by = deadline(aid)
    return None if by is None else (by - now).total_seconds()


def left_text(aid: Aid, now: datetime) -> str:
    """How long there is; a deadline that has passed says so."""
    left = left_s(aid, now)
    if left is None:
        return ""
    return _("{time} left", time=duration_text(left)) if left > 0 else _("time is up")


def loudness(part: Part, aid: Aid, seat: str, now: datetime) -> str:
    """The style of what waits for us: red for "act now", and quiet while another desk answers."""
    if part is Part.ANSWER:
        left = left_s(aid, now)
        short = left is not None and left < _RED_BELOW_S
        if short or (aid.priority is Priority.LIFE_THREATENING and not claimed_elsewhere(aid, seat)):
            return "critical"
        return "normal" if claimed_elsewhere(aid, seat) else "warning"
    return "warning" if part in (Part.NAME, Part.REFUSED) else "normal"


def aid_columns(cities: Mapping[CityCode, City]) -> tuple[Column, ...]:
    """The columns of `aid_row`, titled in the language in use."""
    words = 2 + max(cell_width(_(word)) for word in _WORDS.values())
    names = max([4, *(cell_width(name_text(city.name)) for city in cities.values())])
    way = max(cell_width(_("from {city}", city="")), cell_width(_("to {city}", city="")))
    return (
        Column("state", _("State"), words),
        Column("way", _("From or to"), max(way + names, cell_width(_("From or to")))),
        Column("count", _("Wants"), 9, priority=1),
        Column("priority", _("Priority"), 13, priority=3),
        Column("incident", _("Incident"), 12),
        Column("left", _("Time left"), 11, "right"),
        Column("age", _("Asked ago"), 9, "right", priority=2),
        Column("place", _("Place"), None, min_width=18, priority=4),
        Column("units", _("Units"), 16, priority=5),
        Column("who", _("By whom"), 20, priority=6),
    )


def aid_row(part: Part, aid: Aid, scene: Scene, home: CityCode, seat: str) -> Row:
    """One request, from the side of `home`."""
    style = loudness(part, aid, seat, scene.now)
    signs = {"critical": symbols().critical, "warning": symbols().warning}
    other = aid.borrower if aid.lender == home else aid.lender
    name = city_name(other, scene)
    way = _("from {city}", city=name) if aid.lender == home else _("to {city}", city=name)
    left = left_s(aid, scene.now)
    return Row(
        aid.id,
        (
            Cell(f"{signs.get(style, ' ')} {aid_word(part, aid)}", style),
            Cell(way, city_cell(other, scene).style),
            Cell(asked_text(aid)),
            Cell(priority_text(aid.priority), "normal", float(aid.priority)),
            Cell(safe_text(aid.incident), "strong"),
            Cell(left_text(aid, scene.now), style, 1e12 if left is None else left),
            Cell(age_text(aid.asked_at, scene.now), "normal", -aid.asked_at.timestamp()),
            Cell(place_said(aid.place)),
            Cell(safe_text(" ".join(aid.out or aid.units))),
            Cell(who_text(aid, seat), "dim"),
        ),
        "off_duty" if part is Part.OVER else "normal",
    )


def who_text(aid: Aid, seat: str) -> str:
    """Who works on the answer, who or which rule gave it."""
    if aid.rule:
        edition = safe_text(aid.rule, 40).partition(" ")[2]
        return _("by standing rule, {edition}", edition=version_text(edition, language.current()))
    if aid.answered_by:
        return safe_text(aid.answered_by, 40)
    if claimed_elsewhere(aid, seat):
        return _("{desk} is answering", desk=safe_text(aid.claimed_by, 40))
    return _("this desk is answering") if aid.claimed_by else ""


def headline(aid: Aid, scene: Scene) -> str:
    """ "株洲 求援 2 辆", "Zhuzhou asks Changsha for 2 units"."""
    facts = {"borrower": city_name(aid.borrower, scene), "lender": city_name(aid.lender, scene)}
    if aid.kind is AidKind.INCIDENT:
        return _("{borrower} asks {lender} to take over", **facts)
    return _("{borrower} asks {lender} for {count}", **facts, count=asked_text(aid))


def short_headline(part: Part, aid: Aid, scene: Scene) -> str:
    """The same where only one side needs saying: the other is ours."""
    if part in (Part.ANSWER, Part.NAME, Part.LENT):
        city = city_name(aid.borrower, scene)
        if aid.kind is AidKind.INCIDENT:
            return _("{city} asks us to take over", city=city)
        return _("{city} asks us for {count}", city=city, count=asked_text(aid))
    city = city_name(aid.lender, scene)
    if aid.kind is AidKind.INCIDENT:
        return _("{city} was asked to take over", city=city)
    return _("{city} was asked for {count}", city=city, count=asked_text(aid))


def what_text(aid: Aid) -> str:
    """Priority, place, patients, needs and complaint in one line."""
    many = _("1 patient") if aid.patients == 1 else _("{count} patients", count=aid.patients)
    parts = [
        priority_text(aid.priority),
        place_said(aid.place, 60),
        many,
        capability_text(aid.needs),
        safe_text(aid.chief_complaint, 60),
    ]
    return "  ".join(part for part in parts if part)


def keeps_cells(keeps: Keeps, city: str, bare_before: Sequence[str] | None = None) -> list[Cell]:
    """What a city keeps: the figures, and the stations without a free unit near.

    With `bare_before` those that the loan would strip stand apart from those that are bare anyhow.
    """
    facts = {
        "city": city,
        "free": keeps.free,
        "left": keeps.left,
        "fleet": keeps.fleet,
        "reserve": keeps.reserve,
    }
    low = keeps.left < keeps.reserve
    sign = f"{symbols().warning} " if low else ""
    said = _("{city} has {free} free, keeps {left} of {fleet} (reserve {reserve})", **facts)
    cells = [Cell(sign + said, "warning" if low else "strong")]
    stripped = [name for name in keeps.bare_stations if bare_before is not None and name not in bare_before]
    others = [name for name in keeps.bare_stations if name not in stripped]
    if stripped:
        names = _named(stripped)
        cells.append(Cell(_("this strips: {stations}", stations=names), "warning"))
    if others:
        style = "abnormal" if bare_before is None else "dim"
        cells.append(Cell(_("no free unit near: {stations}", stations=_named(others)), style))
    return cells


def _named(stations: Sequence[str]) -> str:
    return _(", ").join(safe_text(name, 30) for name in stations)


def asked_by_text(aid: Aid, now: datetime) -> str:
    """When and by whom it was asked."""
    return _(
        "asked {time} by {operator} at {node}, {age} ago",
        time=clock_text(aid.asked_at, now, seconds=True),
        operator=safe_text(aid.operator, 40),
        node=safe_text(aid.node, 40),
        age=age_text(aid.asked_at, now),
    )


def aid_lines(
    part: Part, aid: Aid, scene: Scene, fleet: Fleet, seat: str, spoken: Saying = safe_text
) -> list[Cell]:
    """Everything about one request, line by line."""
    now = scene.now
    lines = [
        Cell(f"{aid.incident}  {headline(aid, scene)}", "title"),
        Cell(what_text(aid), "strong"),
        Cell(asked_by_text(aid, now), "normal"),
        Cell(f"{aid_word(part, aid)}  {left_text(aid, now)}".rstrip(), loudness(part, aid, seat, now)),
    ]
    if aid.wanted:
        lines.append(Cell(_("by name: {units}", units=" ".join(map(safe_text, aid.wanted))), "normal"))
    lines += [Cell(unit_line(unit, aid, fleet), "normal") for unit in aid.units]
    if who := who_text(aid, seat):
        lines.append(Cell(who, "normal"))
    if aid.reason:
        lines.append(Cell(_("reason: {reason}", reason=spoken(aid.reason)), "normal"))
    if aid.moved_to:
        lines.append(Cell(_("its number there: {incident}", incident=safe_text(aid.moved_to)), "strong"))
    return lines


def unit_line(unit: UnitId, aid: Aid, fleet: Fleet) -> str:
    """A named unit: whether it was ordered, and what it does."""
    status = fleet.view(unit).status if unit in fleet else None
    said = state_text(status.state) if status else _("never reported")
    ordered = _("ordered") if unit in aid.used else _("not ordered")
    if unit in aid.lost:
        ordered = _("fell out")
    elif unit in aid.back:
        ordered = _("back")
    return f"{safe_text(unit)}  {ordered}  {said}"


def banner_of(part: Part, aid: Aid, scene: Scene, seat: str, spoken: Saying = safe_text) -> str:
    """One line for the banner, the weightiest first: a narrow screen cuts its end."""
    waited = _("waited {age}", age=age_text(aid.asked_at, scene.now))
    said = [short_headline(part, aid, scene)]
    if part is Part.ANSWER:
        who = who_text(aid, seat) if claimed_elsewhere(aid, seat) else ""
        said += [who, priority_text(aid.priority), waited, left_text(aid, scene.now)]
        said += [place_said(aid.place, 40), safe_text(aid.incident)]
    else:
        said += [safe_text(aid.incident), aid_word(part, aid)]
        said += [spoken(aid.reason)] if part is Part.REFUSED else [waited, left_text(aid, scene.now)]
    return "  ".join(each for each in said if each)


def summary(aids: Sequence[tuple[Part, Aid]]) -> dict[Part, int]:
    """How many stand where."""
    counts = dict.fromkeys(Part, 0)
    for part, _aid in aids:
        counts[part] += 1
    return counts
