"""Orders of this desk: asked once, followed to their end, and never shown as more than they are."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from dispatch.centre import asking
from dispatch.centre.asking import STANDING_NAMES, Asked, Standing, Urgency
from dispatch.centre.requester import EXPIRES_S
from dispatch.clock import from_epoch_ms, speed_of
from dispatch.desk.outcome import Outcome, order_reason_text
from dispatch.desk.part import WAIT_S, Kit, Part
from dispatch.desk.records import job_of
from dispatch.domain.aid import AidId
from dispatch.domain.incidents import Incident, IncidentId
from dispatch.domain.operators import By, Role
from dispatch.domain.orders import OrderState, RequestId
from dispatch.domain.units import UnitId
from dispatch.language import _
from dispatch.picture.fleet import UnitView

_ON_ITS_WAY = (OrderState.FREE, OrderState.RESERVED)
_REFUSED = (OrderState.DENIED, OrderState.EXPIRED, OrderState.CANCELLED)
_TOLD_OF = frozenset(Standing) - {Standing.REQUESTED, Standing.GRANTED, Standing.ORDERED}


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of this desk about a unit, and where it stands now."""

    request: RequestId
    unit: UnitId
    incident: IncidentId
    standing: Standing
    urgency: Urgency
    since: datetime
    why: str
    settled: bool
    """Whether nothing more will be asked about it."""


class Orders(Part):
    """Asks centres for units, and tells the log what became of each decision."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.patience = kit.configuration.centre_rules.alarms.orders
        self._deciding: set[UnitId] = set()
        self._unknown: set[RequestId] = set()
        self._awaited: set[UnitId] = set()
        kit.requester.on_change = self._order_changed

    # --- looking -------------------------------------------------------------------------------

    def listed(self, incident_id: IncidentId | None = None) -> Sequence[Decision]:
        """Decisions of this desk: open ones first, the longest waiting on top; then the settled ones."""
        every = asking.newest(list(self.kit.requester.asked.values()))
        return [self._decision(one) for one in every if incident_id in (None, one.job.incident)]

    def open_order(self, unit: UnitId) -> Asked | None:
        """The decision of this desk about a unit that is not settled."""
        every = self.kit.requester.asked.values()
        return next((one for one in every if one.unit == unit and not one.settled), None)

    def _decision(self, asked: Asked) -> Decision:
        now_ms = self.now_ms()
        reason = asked.steps[-1].reason if asked.steps else ""
        return Decision(
            asked.request,
            asked.unit,
            asked.job.incident,
            asking.standing(asked, now_ms, self.patience),
            asking.urgency(asked, now_ms, self.patience),
            from_epoch_ms(asked.asked_ms),
            order_reason_text(reason),
            asked.settled,
        )

    # --- asking --------------------------------------------------------------------------------

    def cannot_send(self, view: UnitView) -> str:
        """Why a unit cannot be asked for at this moment, whatever a ranking said; empty when it can."""
        unit, city = view.unit.id, view.unit.city
        if (open_one := self.open_order(unit)) is not None:
            standing = _(STANDING_NAMES[self.kit.requester.standing(open_one.request, self.patience)])
            facts = {"unit": unit, "incident": open_one.job.incident, "standing": standing}
            return _("{unit} was sent to {incident} from this desk: {standing}", **facts)
        if unit in self._deciding:
            return _("{unit} was chosen at this desk a moment ago", unit=unit)
        if not self.reachable(city):
            return _(
                "{city} cannot be reached: arrange {unit} by telephone", city=self.city_name(city), unit=unit
            )
        if view.status is None or not view.status.state.dispatchable:
            return _("{unit} is no longer free: look at the ranking again", unit=unit)
        return ""

    @contextmanager
    def deciding(self, unit: UnitId) -> Iterator[None]:
        """While a decision is being written down, the same unit is not chosen a second time."""
        self._deciding.add(unit)
        try:
            yield
        finally:
            self._deciding.discard(unit)

    async def order(
        self, incident: Incident, view: UnitView, by: By, aid: AidId | None = None, wait_s: float = WAIT_S
    ) -> Outcome:
        """Ask a unit's centre for it and order it; the result line says as much as is known in 2 s."""
        city, unit, asked = view.unit.city, view.unit.id, self.kit.requester.asked
        if wait_s:
            self._awaited.add(unit)
        try:
            request = await self.kit.requester.ask(
                city,
                unit,
                job_of(incident),
                by.operator,
                role=by.role.value,
                aid=aid,
                expires_s=EXPIRES_S * speed_of(self.clock),
            )
            await self.news.until(lambda: asked[request].state not in _ON_ITS_WAY, wait_s)
        finally:
            self._awaited.discard(unit)
        return self.outcome_of(asked[request])

    def outcome_of(self, asked: Asked) -> Outcome:
        facts = {"unit": asked.unit, "incident": asked.job.incident}
        if asked.state in _REFUSED:
            why = order_reason_text(asked.steps[-1].reason)
            return Outcome(ok=False, message=_("{unit} is refused: {reason}", unit=asked.unit, reason=why))
        if asked.state is OrderState.ACKED:
            return Outcome(
                ok=True, message=_("{unit} goes to {incident}: its crew has acknowledged", **facts)
            )
        if asked.state in _ON_ITS_WAY:
            problem = _("{unit} for {incident}: no answer yet, it is asked again; watch the order", **facts)
            return Outcome(ok=False, message=problem)
        return Outcome(
            ok=True, message=_("{unit} is ordered to {incident}: its crew has not acknowledged yet", **facts)
        )

    # --- following -----------------------------------------------------------------------------

    def _order_changed(self, asked: Asked) -> None:
        """A decision went on: written down, and shown at once to whoever waits."""
        self.news.tell()
        self.picture.changes.mark("order", asked.request)
        standing = asking.standing(asked, self.now_ms(), self.patience)
        if not asked.steps and not asked.settled:
            self._write(asked, "order.called_back" if asked.cancelled else "order.asked", standing)
        elif standing in _TOLD_OF:
            self._write(asked, "order.outcome", standing)
        if standing is Standing.UNKNOWN:
            self._lost_sight(asked)
        else:
            self._in_sight(asked)
        if asked.state in (OrderState.DENIED, OrderState.EXPIRED) and asked.unit not in self._awaited:
            facts: dict[str, str | int | float] = {"unit": asked.unit, "incident": asked.job.incident}
            facts["reason"] = order_reason_text(asked.steps[-1].reason)
            self.ring("order_refused", asked.request, facts)

    def watch(self) -> None:
        """Once a second: an order that nobody answers for long is not known, and rings."""
        for asked in list(self.kit.requester.asked.values()):
            if asked.settled or asked.request in self._unknown:
                continue
            if asking.standing(asked, self.now_ms(), self.patience) is Standing.UNKNOWN:
                self._write(asked, "order.outcome", Standing.UNKNOWN)
                self._lost_sight(asked)

    def _write(self, asked: Asked, action: str, standing: Standing) -> None:
        detail: dict[str, object] = {
            "request": asked.request,
            "unit": asked.unit,
            "city": asked.city,
            "standing": standing.value,
            "reason": asked.steps[-1].reason if asked.steps else "",
        }
        if asked.aid is not None:
            detail["aid"] = asked.aid
        by = By(operator=asked.operator, role=_role(asked.role))
        self.record_soon(action, asked.job.incident, detail, by)

    def _lost_sight(self, asked: Asked) -> None:
        self._unknown.add(asked.request)
        facts: dict[str, str | int | float] = {"unit": asked.unit, "incident": asked.job.incident}
        self.ring("order_unknown", asked.request, facts)

    def _in_sight(self, asked: Asked) -> None:
        if asked.request in self._unknown:
            self._unknown.discard(asked.request)
            self.hush("order_unknown", asked.request)


def _role(code: str) -> Role:
    """The role that an order was given in; a program of ours that is no role counts as a dispatcher."""
    return Role(code) if code in set(Role) else Role.DISPATCHER
