"""Commands of the ambulance side: open an incident, send a unit, name a hospital."""

from collections.abc import Iterable
from typing import cast

from dispatch.console.choices import choose_hospital
from dispatch.console.commands.base import GROUPS, Arg, Command
from dispatch.console.commands.navigation import found_names
from dispatch.console.commands.readers import Named, NeedWord, Numbered, PriorityWord, Whole, Words
from dispatch.console.life import new_incident, open_beside
from dispatch.console.places import read_pair, read_place
from dispatch.console.ports import Console, Desk
from dispatch.console.present_places import place_said
from dispatch.console.present_units import CAPABILITY_WORDS, state_text
from dispatch.console.results import Misread, Result
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Incident, IncidentId, IncidentState, Priority
from dispatch.domain.model import Name
from dispatch.domain.operators import Right
from dispatch.domain.units import Capability, UnitId
from dispatch.language import N_, _
from dispatch.picture.cities import Sight
from dispatch.text import safe_text


def unit_ids(desk: Desk) -> Iterable[tuple[str, str]]:
    """Every unit with its state, the free ones first."""
    fleet = desk.picture.fleet
    pairs = zip(fleet.units, fleet.statuses, strict=True)
    ordered = sorted(pairs, key=lambda pair: pair[1] is None or not pair[1].state.dispatchable)
    return ((unit.id, state_text(status.state) if status else "") for unit, status in ordered)


def units_on_a_task(desk: Desk) -> Iterable[tuple[str, str]]:
    """The units that can be called back or told a hospital, with their state."""
    fleet = desk.picture.fleet
    ordered = {order.unit for order in desk.orders() if not order.standing.settled}
    pairs = zip(fleet.units, fleet.statuses, strict=True)
    return (
        (unit.id, state_text(status.state) if status else "")
        for unit, status in pairs
        if unit.id in ordered or (status is not None and status.incident is not None)
    )


def units_out_of_reach(desk: Desk) -> Iterable[tuple[str, str]]:
    """The units of cities that cannot be reached: only they are arranged by telephone."""
    sight = desk.picture.sight
    cut_off = {unit.id for unit in desk.picture.fleet.units if sight[unit.city].sight is not Sight.LIVE}
    return ((unit, note) for unit, note in unit_ids(desk) if unit in cut_off)


def incident_ids(desk: Desk) -> Iterable[tuple[str, str]]:
    return _named(desk.picture.open_incidents())


def own_incident_ids(desk: Desk) -> Iterable[tuple[str, str]]:
    """The open ones of this city: nobody else decides about them."""
    return _named(each for each in desk.picture.open_incidents() if each.city == desk.home_city)


def idle_incident_ids(desk: Desk) -> Iterable[tuple[str, str]]:
    """Those of them that nobody is on: they can be held and closed."""
    ours = (each for each in desk.picture.open_incidents() if each.city == desk.home_city)
    return _named(each for each in ours if not each.units)


def sleeping_incident_ids(desk: Desk) -> Iterable[tuple[str, str]]:
    """Those of them that can be woken: held, or served by telephone."""
    ours = (each for each in desk.picture.open_incidents() if each.city == desk.home_city)
    return _named(each for each in ours if each.state is IncidentState.HELD or each.telephoned)


def _named(incidents: Iterable[Incident]) -> Iterable[tuple[str, str]]:
    return ((incident.id, place_said(incident.place, 30)) for incident in incidents)


def known_incident_ids(desk: Desk) -> Iterable[tuple[str, str]]:
    """The open ones, and those that ended not long ago."""
    return (*incident_ids(desk), *_named(desk.picture.ended_incidents()))


def hospitals(desk: Desk) -> Iterable[tuple[str, Name]]:
    return ((hospital.id, hospital.name) for hospital in desk.picture.hospitals.values())


UNIT = Arg("unit", N_("unit"), Numbered(unit_ids), "CS-012")
BUSY_UNIT = Numbered(unit_ids, offered=units_on_a_task)
INCIDENT = Arg("incident", N_("incident"), Numbered(incident_ids, short=True), "CS-1124-0003")
OWN_INCIDENT = Numbered(incident_ids, short=True, offered=own_incident_ids)
IDLE_INCIDENT = Numbered(incident_ids, short=True, offered=idle_incident_ids)
SLEEPING_INCIDENT = Numbered(incident_ids, short=True, offered=sleeping_incident_ids)
LOOKED_AT = Arg(
    "incident", N_("incident"), Numbered(known_incident_ids, short=True), "CS-1124-0003", required=False
)
"""An incident that is only looked at: it may have ended."""
HOSPITAL = Arg("hospital", N_("hospital"), Named("hospital", hospitals), "湘雅二医院")


class New(Command):
    verbs = ("new", "新建", "xinjian")
    title = N_("New")
    help = N_(
        "Opens the form for a new incident, at a latitude,longitude if given; on the blood screen, for blood."
    )
    group = GROUPS[0]
    args = (Arg("place", N_("place"), Words(), "28.19384,112.98112", required=False, rest=True),)
    example = "new 28.19384,112.98112"

    def label_on(self, screen: str) -> str:
        return _("Demand") if screen == "blood" else _("Open")

    def why_not(self, console: Console) -> str:
        blood = console.screen_name == "blood" and not self.text("place")
        return console.desk.may(Right.BLOOD if blood else Right.INCIDENT)

    async def run(self, console: Console) -> Result:
        place = self.text("place")
        if console.screen_name == "blood" and not place:
            return await console.do("new")
        position = read_pair(place) if place else None
        if place and position is None:
            raise Misread(_("{text} is no latitude,longitude", text=safe_text(place, 40)))
        return await new_incident(console, position)


class Point(Command):
    verbs = ("point", "点选", "dianxuan")
    title = N_("Point at a place")
    help = N_(
        "Points at a place on the map (arrows and Enter, or a click) and opens the incident form there."
    )
    group = GROUPS[0]
    right = Right.INCIDENT

    async def run(self, console: Console) -> Result:
        if console.screen_name != "map":
            await console.goto("map")
        return await console.do("point")


class Open(Command):
    verbs = ("open", "受理", "shouli")
    title = N_("Open an incident")
    help = N_(
        "Opens an incident at a place (name, pinyin, WGS-84 latitude,longitude): priority, patients, needs."
    )
    group = GROUPS[0]
    right = Right.INCIDENT
    args = (
        Arg("priority", N_("priority"), PriorityWord(), "p1"),
        Arg("patients", N_("patients"), Whole("人|名"), "2", required=False),
        Arg("needs", N_("needs"), NeedWord(CAPABILITY_WORDS), "trauma", required=False, many=True),
        Arg("place", N_("place"), Words(found_names), "湘雅医院", rest=True),
    )
    example = "open 湘雅医院 p1 2 trauma"

    async def run(self, console: Console) -> Result:
        desk = console.desk
        place = read_place(self.text("place"), desk, sure=True)
        if place is None:
            raise Misread(_("no place is found for {text}", text=safe_text(self.text("place"), 40)))
        if not await open_beside(console, place):
            return Result(False, _("no incident was opened"))
        opened = await desk.open_incident(
            place.position,
            place.datum,
            place.name,
            cast("Priority", self.fields["priority"]),
            cast("int", self.fields.get("patients", 1)),
            frozenset(cast("tuple[Capability, ...]", self.fields.get("needs", ()))),
        )
        await console.show("incident", opened)
        return Result(
            True, _("{incident} is opened: {place}", incident=opened, place=safe_text(place.name, 60))
        )


BLOOD_SCREENS = frozenset({"blood", "bloodwork", "moves"})
"""Screens on which to choose is to work with blood."""


class Choose(Command):
    verbs = ("choose", "选定", "xuanding")
    title = N_("Choose")
    help = N_(
        "Sends the unit, names the hospital or asks the blood bank that is ranked first, or the one "
        "under the cursor of the ranking, after a question that repeats it."
    )
    group = GROUPS[0]

    def label_on(self, screen: str) -> str:
        return _("Ask") if screen == "blood" else _("Send")

    def why_not(self, console: Console) -> str:
        blood = console.screen_name in BLOOD_SCREENS
        return console.can("choose") or console.desk.may(Right.BLOOD if blood else Right.ORDER)

    async def run(self, console: Console) -> Result:
        return await console.do("choose")


class Pane(Command):
    verbs = ("pane", "切换", "qiehuan")
    title = N_("Units or hospitals")
    help = N_("Goes from the ranked units to the ranked hospitals and back.")
    group = GROUPS[0]

    def why_not(self, console: Console) -> str:
        return console.can("pane")

    async def run(self, console: Console) -> Result:
        return await console.do("pane")


class ToHospital(Command):
    verbs = ("hospital", "送院", "songyuan")
    title = N_("Name the hospital")
    help = N_("Tells a unit on a task which hospital it takes its patient to.")
    group = GROUPS[0]
    right = Right.ORDER
    args = (Arg("unit", N_("unit"), BUSY_UNIT, "CS-012"), HOSPITAL)
    example = "hospital CS-012 湘雅二医院"

    async def run(self, console: Console) -> Result:
        unit = UnitId(self.text("unit"))
        incident = incident_of(console.desk, unit)
        if incident is None:
            raise Misread(_("{unit} is on no incident; send it first", unit=unit))
        ranking = console.desk.rank_hospitals(incident)
        return await choose_hospital(console, incident, (unit,), HospitalId(self.text("hospital")), ranking)


def incident_of(desk: Desk, unit: UnitId) -> IncidentId | None:
    """The open incident a unit was sent to."""
    return next((each.id for each in desk.picture.open_incidents() if unit in each.units), None)
