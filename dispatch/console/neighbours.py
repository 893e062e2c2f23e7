"""Requests for help between cities as one desk sees them: which wait for whom, how they are called."""

from collections import Counter
from datetime import datetime, timedelta
from enum import Enum

from dispatch.console.ports import Desk
from dispatch.domain.aid import Aid, AidId, AidKind, AidState
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import IncidentId
from dispatch.domain.units import UnitId
from dispatch.picture.desks import DeskView
from dispatch.picture.live import Picture

TOLD_FOR = timedelta(seconds=120)
"""A refused or expired request of our own stays in sight so long."""


class Part(Enum):
    """Where a request stands in the list of one city, the most pressing first."""

    ANSWER = "answer"  # somebody here has to answer
    NAME = "name"  # accepted here and no unit was named yet, or one that was named fell out
    WAITING = "waiting"  # our own, and the neighbour has not answered it
    REFUSED = "refused"  # our own, lately declined or expired: help has to come from elsewhere
    BORROWED = "borrowed"  # our own, units named or on the way
    LENT = "lent"  # units of ours are named or away
    OVER = "over"


_UNANSWERED = frozenset({AidState.REQUESTED, AidState.RECEIVED})
_REFUSED = frozenset({AidState.DECLINED, AidState.EXPIRED})


def part_of(aid: Aid, home: CityCode, now: datetime) -> Part:
    """Where a request stands for `home`; one between two other cities is over for us."""
    if aid.lender == home and not aid.state.final:
        if aid.state in _UNANSWERED:
            return Part.ANSWER
        fell_out = bool(aid.lost) and room(aid) > 0
        return Part.NAME if aid.state is AidState.ACCEPTED or fell_out else Part.LENT
    if aid.borrower != home:
        return Part.OVER
    if aid.state in _REFUSED and now - aid.changed_at < TOLD_FOR:
        return Part.REFUSED
    if aid.state.final:
        return Part.OVER
    return Part.WAITING if aid.state in _UNANSWERED or aid.state is AidState.ACCEPTED else Part.BORROWED


def room(aid: Aid) -> int:
    """How many more units may be named: those that fell out do not count."""
    named = set(aid.units) - set(aid.lost)
    return max(0, aid.count - len(named)) if aid.kind is AidKind.UNITS else 0


def deadline(aid: Aid) -> datetime | None:
    """By when the next step has to come: the answer, the units, or the order for a unit that was named."""
    if aid.state in _UNANSWERED or aid.state is AidState.ACCEPTED:
        return aid.answer_by
    return aid.good_until if aid.state is AidState.COMMITTED else None


def listed(picture: Picture, home: CityCode, now: datetime) -> list[tuple[Part, Aid]]:
    """Every request from or to `home`: the pressing ones first, then the urgent, then the oldest."""
    parts = list(Part)
    ours = [
        (part_of(aid, home, now), aid) for aid in picture.aids.values() if home in (aid.lender, aid.borrower)
    ]
    return sorted(
        ours,
        key=lambda pair: (
            parts.index(pair[0]),
            -pair[1].changed_at.timestamp() if pair[0] is Part.OVER else int(pair[1].priority),
            pair[1].asked_at,
            pair[1].id,
        ),
    )


def to_answer(picture: Picture, home: CityCode, now: datetime) -> list[Aid]:
    """What somebody of this city has to answer, the most urgent first."""
    return [aid for part, aid in listed(picture, home, now) if part is Part.ANSWER]


def waits_for(desk: Desk, unit: UnitId) -> Aid | None:
    """The request of this desk that names a unit of another city and is not answered yet."""
    node = desk.configuration.settings.node
    for part, aid in listed(desk.picture, desk.home_city, desk.clock.now()):
        if part is Part.WAITING and aid.node == node and unit in aid.wanted:
            return aid
    return None


def claimed_elsewhere(aid: Aid, seat: str) -> bool:
    """Whether another desk is working on the answer; a shift that changes at a desk keeps its claims."""
    return bool(aid.claimed_by) and aid.claimed_by.rpartition("@")[2] != seat.rpartition("@")[2]


def spoken_names(picture: Picture) -> dict[str, AidId]:
    """What an open request is called: the borrower's incident, with the lender where two share it."""
    open_ = [aid for aid in picture.aids.values() if not aid.state.final]
    per_incident = Counter(aid.incident for aid in open_)
    names: dict[str, AidId] = {}
    for aid in sorted(open_, key=lambda each: (each.asked_at, each.id)):
        name = str(aid.incident)
        if per_incident[aid.incident] > 1:
            lender = picture.cities.get(aid.lender)
            name += f"@{lender.prefix if lender else aid.lender}"
        again = sum(known == name or known.startswith(f"{name}/") for known in names)
        names[f"{name}/{again + 1}" if again else name] = aid.id
    return names


def at_work_on(picture: Picture, incident: IncidentId | str, seat: str) -> list[str]:
    """Other desks that say they are working on an incident: "li@console-2"."""
    names = [(seat_of(node, view), view) for (_city, node), view in picture.desks.items()]
    return [name for name, view in names if view.online and view.incident == incident and name != seat]


def seat_of(node: str, view: DeskView) -> str:
    """A desk as it is written everywhere."""
    return f"{view.operator}@{node}"
