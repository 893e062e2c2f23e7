"""Commands of lending between cities."""

from collections.abc import Callable, Iterable
from typing import cast

from dispatch.console import lending
from dispatch.console.choices import incident_named
from dispatch.console.commands.base import LENDING, Arg, Command
from dispatch.console.commands.incidents import OWN_INCIDENT, unit_ids, units_out_of_reach
from dispatch.console.commands.readers import Named, NeedWord, Numbered, Whole, Words
from dispatch.console.neighbours import Part, listed, part_of, room, spoken_names
from dispatch.console.ports import Console, Desk
from dispatch.console.present import CAPABILITY_WORDS
from dispatch.console.present_aids import aid_word, asked_text
from dispatch.console.results import Misread, Result
from dispatch.domain.aid import Aid, AidAct, AidId, AidKind
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import IncidentId
from dispatch.domain.model import Name
from dispatch.domain.operators import Right
from dispatch.domain.units import UNIT_CAPABILITIES, Capability, UnitId
from dispatch.language import N_, _, current

_ANSWERABLE = frozenset({Part.ANSWER, Part.NAME})
_LENDABLE = _ANSWERABLE | {Part.LENT}
_OWN = frozenset({Part.WAITING, Part.BORROWED})
_NAMED = frozenset({Part.BORROWED, Part.LENT, Part.NAME})
Fits = Callable[[Part], bool]


def named(fits: frozenset[Part]) -> Callable[[Desk], Iterable[tuple[str, str]]]:
    """The requests that stand so for this city, by the number of their incident."""

    def names(desk: Desk) -> Iterable[tuple[str, str]]:
        now = desk.clock.now()
        for name, key in spoken_names(desk.picture).items():
            aid = desk.picture.aids[key]
            part = part_of(aid, desk.home_city, now)
            if part in fits:
                city = desk.picture.cities.get(aid.borrower if aid.lender == desk.home_city else aid.lender)
                whose = city.name.text(current()) if city else aid.borrower
                yield name, f"{whose} {asked_text(aid)} {aid_word(part, aid)}"

    return names


def neighbours(desk: Desk) -> Iterable[tuple[str, Name]]:
    """The other cities."""
    cities = desk.picture.cities
    return ((code, city.name) for code, city in cities.items() if code != desk.home_city)


def own_units(desk: Desk) -> Iterable[tuple[str, str]]:
    """Units of this city, free ones first."""
    fleet = desk.picture.fleet
    return ((u, note) for u, note in unit_ids(desk) if fleet.view(UnitId(u)).unit.city == desk.home_city)


def _aid(fits: frozenset[Part], *, required: bool = False) -> Arg:
    return Arg("aid", N_("request"), Numbered(named(fits), short=True), "ZZ-1124-0002", required=required)


def meant(command: Command, console: Console, fits: frozenset[Part]) -> Aid:
    """The request that is named, else the one under the cursor, else the only one there is."""
    desk, name = console.desk, command.text("aid")
    if name:
        return desk.picture.aids[spoken_names(desk.picture)[name]]
    now = desk.clock.now()
    under = desk.picture.aids.get(AidId(console.selected("aid") or ""))
    if under is not None and part_of(under, desk.home_city, now) in fits:
        return under
    there = [aid for part, aid in listed(desk.picture, desk.home_city, now) if part in fits]
    if len(there) == 1:
        return there[0]
    if not there:
        raise Misread(_("there is no such request"))
    names = [name for name, _note in named(fits)(desk)]
    raise Misread(_("say which request: {names}", names=_(", ").join(names[:6])))


class Answer(Command):
    verbs = ("answer", "答复", "dafu")
    title = N_("Answer a neighbour")
    help = N_(
        "Opens the answer to a request for help: lend units, accept, or decline. Without a number the "
        "most urgent that waits. Other desks see who is answering."
    )
    group = LENDING
    right = Right.AID_ANSWER
    args = (_aid(_ANSWERABLE),)
    example = "answer ZZ-1124-0002"

    def label(self) -> str:
        return _("Answer")

    async def run(self, console: Console) -> Result:
        desk = console.desk
        under = console.selected("aid")
        requests = listed(desk.picture, desk.home_city, desk.clock.now())
        waiting = [aid for part, aid in requests if part in _ANSWERABLE]
        if not self.text("aid") and waiting and under is None:
            return await lending.answer(console, waiting[0])
        if not self.text("aid") and not waiting and under is None:
            await console.goto("aids")
            return Result(True, _("no request waits for an answer"))
        return await lending.answer(console, meant(self, console, _ANSWERABLE))


class Lend(Command):
    verbs = ("lend", "出借", "chujie")
    title = N_("Lend units")
    help = N_("Lends units to a neighbour, after the question that shows what is kept.")
    group = LENDING
    right = Right.AID_ANSWER
    args = (
        _aid(_LENDABLE),
        Arg("units", N_("units"), Numbered(own_units), "CS-003", required=False, many=True),
    )
    example = "lend ZZ-1124-0002 CS-003 CS-011"

    async def run(self, console: Console) -> Result:
        aid = meant(self, console, _LENDABLE)
        if aid.kind is AidKind.INCIDENT:
            raise Misread(_("no unit is asked for: accept takes the incident over"))
        if not room(aid):
            raise Misread(_("{units} are named already, no more were asked for", units=" ".join(aid.out)))
        units = tuple(UnitId(str(unit)) for unit in cast("tuple[object, ...]", self.fields.get("units", ())))
        return await lending.answer(console, aid, units, AidAct.COMMIT)


class Accept(Command):
    verbs = ("accept", "同意", "tongyi")
    title = N_("Accept a request")
    help = N_("Says yes: units are named later, or the incident is taken over.")
    group = LENDING
    right = Right.AID_ANSWER
    args = (_aid(frozenset({Part.ANSWER})),)
    example = "accept ZZ-1124-0002"

    async def run(self, console: Console) -> Result:
        aid = meant(self, console, frozenset({Part.ANSWER}))

        def more() -> list[str]:
            ours = _("it gets a number of ours and is ours from then on")
            return [ours] if aid.kind is AidKind.INCIDENT else []

        return await lending.confirmed(console, aid, AidAct.ACCEPT, lambda: _("Accept"), more)


class Decline(Command):
    verbs = ("decline", "婉拒", "wanju")
    title = N_("Decline a request")
    help = N_("Says no with a reason: its digit, its words, or your own.")
    group = LENDING
    right = Right.AID_ANSWER
    args = (
        _aid(_ANSWERABLE),
        Arg("reason", N_("reason"), Words(), "暂无可派车辆", required=False, rest=True),
    )
    example = "decline ZZ-1124-0002 暂无可派车辆"

    async def run(self, console: Console) -> Result:
        return await lending.decline(console, meant(self, console, _ANSWERABLE), self.text("reason"))


class Ask(Command):
    verbs = ("ask", "求援", "qiuyuan")
    title = N_("Ask a neighbour for units")
    help = N_("Asks another city for units for an incident of ours; what that city keeps is shown before.")
    group = LENDING
    right = Right.AID_ASK
    args = (
        Arg("city", N_("city"), Named("city", neighbours), "xiangtan", required=False),
        Arg("count", N_("count"), Whole("辆|台", most=99), "2", required=False),
        Arg(
            "needs",
            N_("needs"),
            NeedWord({n: w for n, w in CAPABILITY_WORDS.items() if n in UNIT_CAPABILITIES}),
            "neonatal",
            required=False,
            many=True,
        ),
        Arg("incident", N_("incident"), OWN_INCIDENT, "CS-1124-0003", required=False),
    )
    example = "ask 湘潭 2 for CS-1124-0003"

    async def run(self, console: Console) -> Result:
        incident = incident_named(console, given_incident(self, console))
        city = self.text("city")
        needs = frozenset(cast("tuple[Capability, ...]", self.fields.get("needs", ())))
        count = cast("int", self.fields.get("count", 1))
        return await lending.ask(console, incident, CityCode(city) if city else None, count, needs)


def given_incident(command: Command, console: Console) -> IncidentId:
    """The incident that is named, else the one under the cursor."""
    given = command.text("incident") or console.selected("incident")
    if not given:
        raise Misread(_("name the incident, or put the cursor on it (F2)"))
    return IncidentId(given)


class HandTo(Command):
    verbs = ("handto", "转分中心", "zhuanfenzhongxin")
    title = N_("Hand an incident to another centre")
    help = N_("Asks another centre to take an incident over; it stays ours until a person there accepts.")
    group = LENDING
    right = Right.AID_ASK
    args = (
        Arg("city", N_("city"), Named("city", neighbours), "xiangtan"),
        Arg("incident", N_("incident"), OWN_INCIDENT, "CS-1124-0003", required=False),
        Arg("reason", N_("reason"), Words(), "现场在对方辖区", required=False, rest=True),
    )
    example = "handto 湘潭 CS-1124-0003"

    async def run(self, console: Console) -> Result:
        incident = incident_named(console, given_incident(self, console))
        return await lending.hand_over(console, incident, CityCode(self.text("city")), self.text("reason"))


class CancelAid(Command):
    verbs = ("cancelaid", "撤回求援", "chehuiqiuyuan")
    title = N_("Take a request back")
    help = N_("Takes a request of ours back before its units are on the way.")
    group = LENDING
    right = Right.AID_ASK
    args = (_aid(_OWN),)
    example = "cancelaid CS-1124-0003"

    async def run(self, console: Console) -> Result:
        aid = meant(self, console, _OWN)
        return await lending.confirmed(console, aid, AidAct.CANCEL, lambda: _("Take the request back"))


class Release(Command):
    verbs = ("release", "归还", "guihuan")
    title = N_("Give lent units back")
    help = N_("Ends a loan whose units are not on the task: they are their own city's again.")
    group = LENDING
    args = (_aid(_NAMED),)
    example = "release ZZ-1124-0001"

    def why_not(self, console: Console) -> str:
        return console.desk.may(Right.AID_ANSWER) and console.desk.may(Right.AID_ASK)

    async def run(self, console: Console) -> Result:
        aid = meant(self, console, _NAMED)
        units = [" ".join(aid.units)] if aid.units else []
        return await lending.confirmed(
            console, aid, AidAct.RELEASE, lambda: _("Give the units back"), lambda: units
        )


class Telephone(Command):
    verbs = ("telephone", "电话调车", "dianhuadiaoche")
    title = N_("Arrange a unit by telephone")
    help = N_(
        "Break-glass: writes down a unit of a city that cannot be reached, after somebody there agreed by "
        "telephone. It is compared when the link is back."
    )
    group = LENDING
    right = Right.ORDER
    args = (
        Arg("unit", N_("unit"), Numbered(unit_ids, offered=units_out_of_reach), "XT-003"),
        Arg("incident", N_("incident"), OWN_INCIDENT, "CS-1124-0003", required=False),
        Arg("spoke_to", N_("spoke to"), Words(), "湘潭值班长刘洋", required=False, rest=True),
    )
    example = "telephone XT-003 for CS-1124-0003"

    async def run(self, console: Console) -> Result:
        incident = incident_named(console, given_incident(self, console))
        unit = UnitId(self.text("unit"))
        return await lending.telephone(console, unit, incident, self.text("spoke_to"))
