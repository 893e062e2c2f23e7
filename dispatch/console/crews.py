"""Who works on an incident: every unit named to it with its order, the one that worries most on top."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.centre.asking import Urgency
from dispatch.console.ports import Desk, OpenOrder
from dispatch.domain.incidents import Incident
from dispatch.domain.units import UnitId, UnitStatus

KEPT = timedelta(minutes=10)
"""How long an order that came to nothing stays in sight beside those that stand."""
_LOUD = {Urgency.ESCALATED: 0, Urgency.RED: 1, Urgency.AMBER: 2, Urgency.NONE: 3}


@dataclass(frozen=True, slots=True)
class Crew:
    """One unit of an incident: this desk's order to it (None: another desk's) and the state it is in."""

    unit: UnitId
    order: OpenOrder | None
    status: UnitStatus | None


def crews_of(incident: Incident, desk: Desk) -> list[Crew]:
    """The units of an incident and this desk's orders for it; an unanswered order stands first."""
    now = desk.clock.now()
    newest: dict[UnitId, OpenOrder] = {}
    for order in desk.orders(incident.id):
        held = newest.get(order.unit)
        if held is None or (held.standing.settled, -held.since.timestamp()) > (
            order.standing.settled,
            -order.since.timestamp(),
        ):
            newest[order.unit] = order
    kept = {
        unit: order
        for unit, order in newest.items()
        if unit in incident.units or not order.standing.settled or now - order.since < KEPT
    }
    units = [*kept, *(unit for unit in incident.units if unit not in kept)]
    crews = [Crew(unit, kept.get(unit), _status(desk, unit)) for unit in units]
    return sorted(crews, key=lambda crew: _worry(crew, now))


def _worry(crew: Crew, now: datetime) -> tuple[int, bool, float]:
    order = crew.order
    if order is None:
        return _LOUD[Urgency.NONE], False, 0.0
    return _LOUD[order.urgency], order.standing.settled, -(now - order.since).total_seconds()


def _status(desk: Desk, unit: UnitId) -> UnitStatus | None:
    fleet = desk.picture.fleet
    return fleet.view(unit).status if unit in fleet else None


def unanswered(orders: Iterable[OpenOrder]) -> Sequence[OpenOrder]:
    """Orders that want to be seen on every screen: the loudest first, then the oldest."""
    loud = (order for order in orders if order.urgency is not Urgency.NONE)
    return sorted(loud, key=lambda order: (_LOUD[order.urgency], order.since))
