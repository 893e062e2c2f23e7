"""A drill as its leader sees it: what happens in it, as rows and as details; its pace as a line."""

from collections.abc import Mapping

from dispatch.console.injecting import KIND_NAMES
from dispatch.console.present_cells import Cell, Column, Row
from dispatch.domain.drills import Course, Happening
from dispatch.language import N_, _, current
from dispatch.picture.live import Picture
from dispatch.text import safe_text

DID_WORDS = {
    "incident": N_("incident {value}"),
    "taken": N_("{value} taken from the shelves"),
    "turned": N_("{value} units turned round"),
    "calls": N_("{value} more calls"),
    "units": N_("{value} units at once"),
    "later": N_("{value} when they are free"),
    "back": N_("{value} back before their time"),
    "called_off": N_("{value} calls fewer"),
}


def drill_columns() -> tuple[Column, ...]:
    return (
        Column("state", _("State"), 8),
        Column("at", _("At"), 7, "right"),
        Column("until", _("Ends"), 7, "right", priority=2),
        Column("kind", _("Event"), 20, priority=1),
        Column("what", _("What"), None, min_width=20),
        Column("by", _("By"), 12, priority=3),
        Column("did", _("Came to"), 34, priority=4),
    )


def drill_rows(course: Course, picture: Picture) -> list[Row]:
    """In the order in which they happen."""
    rows = []
    for one in sorted(course.events, key=lambda each: (each.begins_s, each.key)):
        word, style = standing(one, course.elapsed_s)
        by = _("scenario") if one.planned else safe_text(one.by, 24) or _("leader")
        ends = clock(one.ends_s) if one.ends_s is not None else "-"
        cells = (
            Cell(word, style),
            Cell(clock(one.begins_s), "normal", one.begins_s),
            Cell(ends, "dim"),
            Cell(_(KIND_NAMES[one.event.kind]), "normal"),
            Cell(facts_of(one, picture), "normal"),
            Cell(by, "dim"),
            Cell(came_to(one), "dim"),
        )
        rows.append(Row(one.key, cells, "normal"))
    return rows


def standing(one: Happening, elapsed_s: float) -> tuple[str, str]:
    """A word for how it stands, and the style of that word."""
    if one.called_off:
        return _("called off"), "dim"
    if one.happened_s is None:
        return _("to come"), "strong"
    if one.under_way(elapsed_s):
        return _("now"), "warning"
    return _("over"), "dim"


def clock(seconds: float) -> str:
    """Drill time since the start: 72:05."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return f"{minutes}:{rest:02d}"


def came_to(one: Happening) -> str:
    """What it came to at once; empty before, and where there is nothing to count."""
    said = [
        _(DID_WORDS[name], value=value) for name, value in one.did.items() if name in DID_WORDS and value != 0
    ]
    return _(", ").join(said)


def facts_of(one: Happening, picture: Picture) -> str:
    """Where and how much, in the names of the language in use."""
    event = one.event
    named = _names(picture)
    parts = [
        safe_text(named.get(str(name), str(name)), 40)
        for field in ("city", "bridge", "hospital", "component")
        if (name := getattr(event, field, None)) is not None
    ]
    match event.kind:
        case "mass_casualty":
            parts += [safe_text(event.place, 60), _("{count} injured", count=event.patients)]
        case "demand":
            parts.append(f"×{event.factor:g}")
        case "units_out" | "gps_lost":
            parts.append(f"{event.share * 100:.0f} %")
        case "blood_shortage":
            parts.append(_("{percent} % left", percent=f"{event.leave * 100:.0f}"))
    return " ".join(parts)


def _names(picture: Picture) -> Mapping[str, str]:
    names = {str(code): city.name for code, city in picture.cities.items()}
    names |= {bridge.id: bridge.name for bridge in picture.bridges}
    names |= {str(one.id): one.name for one in picture.hospitals.values()}
    names |= {str(one.code): one.name for one in picture.components.values()}
    return {code: name.text(current()) for code, name in names.items()}


def pace_cells(course: Course) -> list[Cell]:
    """The name of the drill, how long it lasts by now, and its pace."""
    pace = _("stands still") if course.paused else _("runs at ×{speed}", speed=f"{course.speed:g}")
    to_come = sum(one.happened_s is None and not one.called_off for one in course.events)
    return [
        Cell(course.name.text(current()), "strong"),
        Cell(_("minute {time}", time=clock(course.elapsed_s)), "normal"),
        Cell(pace, "warning" if course.paused or course.speed != 1 else "normal"),
        Cell(_("{count} to come", count=to_come), "dim"),
    ]
