"""Own units for a neighbour's incident: ranked as if it were ours, and which of them can be spared."""

from dispatch.console.neighbours import room
from dispatch.console.ports import Desk, Keeps
from dispatch.decide.ambulances import UnitCandidate, UnitRequest, rank_units
from dispatch.domain.aid import Aid
from dispatch.domain.units import UnitId

MOST = 60
"""Units that are offered to pick from."""


def own_candidates(desk: Desk, aid: Aid) -> list[UnitCandidate]:
    """Free units of this city that can do what is needed, the best first; no lending rule speaks here.

    Whether to lend is the operator's decision; what is kept stands beside it.
    """
    request = UnitRequest(
        position=aid.position,
        city=desk.home_city,
        priority=aid.priority,
        patients=aid.patients,
        needs=aid.needs,
        incident=aid.incident,
        sent=0,
    )
    ranking = rank_units(desk.picture, request, desk.configuration.dispatch_rules, desk.clock.now())
    return [unit for unit in ranking.candidates if unit.city == desk.home_city][:MOST]


def first_offer(aid: Aid, candidates: list[UnitCandidate], keeps: Keeps) -> tuple[UnitId, ...]:
    """Whom to offer before the operator chose: those asked for by name, then the best, within the reserve."""
    ranked = [unit.unit for unit in candidates]
    wanted = [unit for unit in aid.wanted if unit in ranked]
    ordered = wanted + [unit for unit in ranked if unit not in wanted]
    spare = keeps.free - keeps.reserve
    return tuple(ordered[: max(0, min(room(aid), spare))])


def is_free(desk: Desk, unit: UnitId) -> bool:
    """Whether a unit can still be lent now."""
    status = desk.picture.fleet.view(unit).status
    return status is not None and status.state.dispatchable
