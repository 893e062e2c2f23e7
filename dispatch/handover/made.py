"""A handover sheet as the picture shows one city at one moment."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from dispatch.centre.asking import STANDING_NAMES, Standing
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import IncidentId
from dispatch.domain.units import UnitId, UnitState
from dispatch.handover.model import HandoverSheet, UnitOut
from dispatch.language import _
from dispatch.picture.live import Picture
from dispatch.text import safe_text

OUT = frozenset({UnitState.OUT_OF_SERVICE, UnitState.PAUSED})


class OrderInSight(Protocol):
    """A decision of this desk, as the console shows it."""

    @property
    def unit(self) -> UnitId: ...
    @property
    def incident(self) -> IncidentId: ...
    @property
    def standing(self) -> Standing: ...


def sheet(
    picture: Picture,
    city: CityCode,
    outgoing: str,
    orders: Sequence[OrderInSight],
    now: datetime,
    *,
    drill: bool,
) -> HandoverSheet:
    """What the next shift of `city` takes over: all that is open, nothing that is settled.

    Alarms are those of the city and of this console; the ones put aside are in it too.
    """
    aids = sorted((aid for aid in picture.aids.values() if not aid.state.final), key=lambda aid: aid.asked_at)
    return HandoverSheet(
        city=city,
        made_at=now,
        outgoing=outgoing,
        incidents=tuple(one for one in picture.open_incidents() if one.city == city),
        alarms=tuple(alarm for alarm in picture.alarms.listed() if alarm.city in (None, city)),
        units_out=tuple(_out(picture, city)),
        lent=tuple(aid for aid in aids if aid.lender == city),
        borrowed=tuple(aid for aid in aids if aid.borrower == city),
        unsettled_orders=tuple(_order(order) for order in orders if _end_unknown(order.standing)),
        drill=drill,
    )


def _end_unknown(standing: Standing) -> bool:
    """A crew that has acknowledged is at work, and stands among the units out."""
    return not standing.settled and standing is not Standing.CONFIRMED


def _out(picture: Picture, city: CityCode) -> Iterable[UnitOut]:
    fleet = picture.fleet
    for unit, status in sorted(zip(fleet.units, fleet.statuses, strict=True), key=lambda pair: pair[0].id):
        if unit.city == city and status is not None and status.state in OUT:
            yield UnitOut(unit=unit.id, status=status)


def _order(order: OrderInSight) -> str:
    facts = {"unit": order.unit, "incident": order.incident, "standing": _(STANDING_NAMES[order.standing])}
    return safe_text(_("{unit} to {incident}: {standing}", **facts))
