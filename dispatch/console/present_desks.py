"""The desks of all cities as rows: who sits there, since when, on what."""

from dispatch.console.neighbours import seat_of
from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.present_places import place_said
from dispatch.console.present_scene import Scene, city_cell, name_text
from dispatch.console.present_times import day_or_time
from dispatch.console.symbols import symbols
from dispatch.domain.geography import CityCode
from dispatch.domain.operators import ROLE_NAMES, Role
from dispatch.language import _
from dispatch.picture.desks import DeskView
from dispatch.picture.live import Picture
from dispatch.text import cell_width, safe_text


def role_text(role: str) -> str:
    """A role in the language in use; one that is not ours as it was said."""
    return _(ROLE_NAMES[Role(role)]) if role in set(Role) else safe_text(role, 20)


def desk_columns(scene: Scene) -> tuple[Column, ...]:
    """The columns of `desk_row`, titled in the language in use."""
    names = [cell_width(name_text(city.name)) for city in scene.cities.values()]
    roles = max(cell_width(_(name)) for name in ROLE_NAMES.values())
    return (
        Column("operator", _("Operator"), 16),
        Column("city", _("City"), max([4, *names])),
        Column("node", _("Console"), 14, priority=2),
        Column("role", _("Role"), roles, priority=1),
        Column("incident", _("Works on"), None, min_width=14),
        Column("since", _("Since"), max(5, cell_width(_("Since"))), priority=3),
    )


def desk_row(
    key: tuple[CityCode, str], view: DeskView, picture: Picture, scene: Scene, seat: str, name: str
) -> Row:
    """One desk under the name of who sits there; one whose program is gone is grey and says so.

    This desk hears nothing of itself: it is there for the others while the link to its city is up.
    """
    city, node = key
    mine = seat_of(node, view) == seat
    there = picture.sight[city].link_up if mine else view.online
    incident = picture.incidents.get(view.incident) if view.incident else None
    works = safe_text(view.incident or "", 30)
    if incident is not None:
        works += f"  {place_said(incident.place, 40)}"
    sign = symbols().good if there else symbols().offline
    return Row(
        f"{city}/{node}",
        (
            Cell(f"{sign} {safe_text(name, 40)}", "strong" if mine else "normal"),
            city_cell(city, scene),
            Cell(_("this desk") if mine else safe_text(node, 40)),
            Cell(role_text(view.role)),
            Cell(works if there else _("not connected"), "normal" if there else "offline"),
            Cell(day_or_time(view.since, scene.now), "dim"),
        ),
        "normal" if there else "offline",
    )
