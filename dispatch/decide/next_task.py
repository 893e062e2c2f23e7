"""A unit is free: which waiting incident it should take.

Priority first, then the unit's own city, then who waits longest. Whether it may take an incident at all
is the verdict of `rank_units` for that incident: the bounds of a loan hold for every pull across a city line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from dispatch.decide.ambulances import UnitCandidate, UnitExclusion, Weighing
from dispatch.decide.coverage import LenderKeeps
from dispatch.decide.reasons import Fact, Reason
from dispatch.decide.rules import DispatchRules, UnitRules
from dispatch.decide.travel import Eta
from dispatch.decide.unit_models import LEVEL_MIN, UnitRequest
from dispatch.domain.errors import UnknownName
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Incident, IncidentId, IncidentState, Priority
from dispatch.domain.model import Frozen
from dispatch.domain.units import UnitId
from dispatch.picture.live import Picture


class NextRequest(Frozen):
    """The unit that is free, or becomes it."""

    unit: UnitId


@dataclass(frozen=True, slots=True)
class Task:
    """An incident that the unit may take; `unit_rank` is its place among the units for that incident."""

    rank: int
    incident: IncidentId
    city: CityCode
    priority: Priority
    waits_s: float
    eta: Eta
    distance_km: float
    cross_city: bool
    unit_rank: int
    lender: LenderKeeps | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class TaskExclusion:
    """An open incident that the unit is not advised to take, with every rule against it."""

    incident: IncidentId
    city: CityCode
    reasons: tuple[Reason, ...]
    straight_km: float | None = None
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class NextRanking:
    """Every open incident of the picture, either in order or left out with its reasons."""

    as_of: datetime
    edition: str
    request: NextRequest
    city: CityCode
    candidates: tuple[Task, ...]
    excluded: tuple[TaskExclusion, ...]
    advice: tuple[Reason, ...]


def missing_units(incident: Incident, rules: UnitRules) -> int:
    """How many more units an open incident wants; one at least while it waits and nobody was sent."""
    if incident.state is IncidentState.HELD or not incident.state.open:
        return 0
    per_unit = rules.patients_per_unit[int(incident.priority) - 1]
    advised = ceil(max(0, incident.patients - incident.carried) / per_unit)
    return max(1 if incident.unsent else 0, advised - len(incident.sent))


def wanting(picture: Picture, rules: UnitRules) -> list[Incident]:
    """Open incidents that want a unit: the most urgent first, then who waits longest."""
    found = [each for each in picture.open_incidents() if missing_units(each, rules)]
    return sorted(found, key=lambda each: (each.priority, waiting_since(each), each.id))


def waiting_since(incident: Incident) -> datetime:
    """Since when it wants a unit, as far as it is known."""
    return incident.waiting_since or incident.opened_at


def request_for(incident: Incident) -> UnitRequest:
    """What is asked of the fleet for an incident: the same as `rank_units` is asked for it."""
    return UnitRequest(
        position=incident.position,
        city=incident.city,
        priority=incident.priority,
        patients=incident.patients,
        needs=incident.needs,
        incident=incident.id,
    )


def next_for_unit(picture: Picture, request: NextRequest, rules: DispatchRules, now: datetime) -> NextRanking:
    """Rank the open incidents for one unit; pure. UnknownName where the picture has no such unit."""
    if request.unit not in picture.fleet:
        raise UnknownName("unit", request.unit)
    row = picture.fleet.row(request.unit)
    home = picture.fleet.units[row].city
    taken: list[tuple[Incident, UnitCandidate, tuple[Reason, ...]]] = []
    left: list[TaskExclusion] = []
    for incident in sorted(picture.open_incidents(), key=lambda each: each.id):
        if not missing_units(incident, rules.units):
            left.append(TaskExclusion(incident.id, incident.city, (_why_none_wanted(incident),)))
            continue
        weighing = Weighing(picture, request_for(incident), rules, now)
        verdict = weighing.verdict(row)
        if isinstance(verdict, UnitExclusion):
            left.append(
                TaskExclusion(
                    incident.id, incident.city, verdict.reasons, verdict.straight_km, verdict.minutes
                )
            )
        else:
            taken.append((incident, verdict, tuple(_reasons(incident, weighing, row, home, now, rules))))
    taken.sort(key=lambda one: _order(one[0], home))
    units, travel = rules.units.edition, rules.travel.edition
    return NextRanking(
        as_of=now,
        edition=f"units {units}; travel {travel}",
        request=request,
        city=home,
        candidates=tuple(_task(i + 1, *one, now) for i, one in enumerate(taken)),
        excluded=tuple(left),
        advice=tuple(_advice(request, len(taken), left)),
    )


def _order(incident: Incident, home: CityCode) -> tuple[int, bool, datetime, str]:
    return int(incident.priority), incident.city != home, waiting_since(incident), incident.id


def _why_none_wanted(incident: Incident) -> Reason:
    if incident.state is IncidentState.HELD:
        return Reason(code="held")
    if incident.telephoned and not incident.units:
        return Reason(code="telephoned_sent")
    return Reason(code="enough_sent")


def _reasons(
    incident: Incident, weighing: Weighing, row: int, home: CityCode, now: datetime, rules: DispatchRules
) -> Iterator[Reason]:
    first = int(weighing.order[0])
    sooner = float(weighing.minutes[row] - weighing.minutes[first])
    if first != row and sooner >= LEVEL_MIN:
        facts: dict[str, Fact] = {"unit": weighing.seen.units[first].id, "sooner_min": sooner}
        yield Reason(code="another_sooner", facts=facts)
    yield Reason(code="waits", facts={"waits_s": _waits_s(incident, now)})
    if incident.city == home:
        yield Reason(code="own_first")
    else:
        yield weighing.lending.why_lent(row)
        yield Reason(code="abroad", facts={"city": incident.city})
    if (missing := missing_units(incident, rules.units)) > 1:
        yield Reason(code="more_wanted", facts={"units": missing})


def _waits_s(incident: Incident, now: datetime) -> float:
    return max(0.0, (now - waiting_since(incident)).total_seconds())


def _task(
    rank: int, incident: Incident, unit: UnitCandidate, reasons: tuple[Reason, ...], now: datetime
) -> Task:
    return Task(
        rank=rank,
        incident=incident.id,
        city=incident.city,
        priority=incident.priority,
        waits_s=_waits_s(incident, now),
        eta=unit.eta,
        distance_km=unit.distance_km,
        cross_city=unit.cross_city,
        unit_rank=unit.rank,
        lender=unit.lender,
        reasons=reasons,
    )


def _advice(request: NextRequest, taken: int, left: list[TaskExclusion]) -> Iterator[Reason]:
    if taken:
        return
    wanted = any(one.reasons[0].code not in _NOT_WANTED for one in left)
    yield Reason(code="none_suits", facts={"unit": request.unit}) if wanted else Reason(code="none_waits")


_NOT_WANTED = frozenset({"held", "telephoned_sent", "enough_sent"})
