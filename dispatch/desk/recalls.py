"""Calling units back, and what follows once their crews have heard it: another incident, or an end."""

from dispatch.centre.asking import Asked
from dispatch.desk.orders import Orders
from dispatch.desk.outcome import Outcome
from dispatch.desk.part import WAIT_S, Kit, Part
from dispatch.desk.records import job_of, sayable
from dispatch.desk.sequels import Sequel, Sequels, What
from dispatch.domain.errors import DispatchError, MissingField
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Incident, IncidentId, Priority
from dispatch.domain.operators import By, Right
from dispatch.domain.orders import Job, OrderState, RequestId
from dispatch.domain.units import UnitId, UnitState
from dispatch.language import _
from dispatch.picture.fleet import UnitView

SEQUEL_MS = 15 * 60_000
"""An intention that waited so long for a crew is given back to the operator."""
_BACK = (OrderState.STANDING_DOWN, OrderState.STOOD_DOWN, OrderState.CANCELLED, OrderState.DONE)


class Recalls(Part):
    """A unit that was ordered comes free when its crew says so, and in no other way."""

    def __init__(self, kit: Kit, orders: Orders) -> None:
        super().__init__(kit)
        self.orders = orders
        self.sequels = Sequels(kit.file)

    async def stand_down(self, unit_id: UnitId, reason: str) -> Outcome:
        """Call a unit back, whoever sent it; MissingField without a reason."""
        by = self.demand(Right.ORDER)
        view = self.unit(unit_id)
        asked = await self.call_back(view, reason, by)
        return self._recall_outcome(asked)

    async def call_back(self, view: UnitView, reason: str, by: By, wait_s: float = WAIT_S) -> Asked:
        """Write down why, tell the unit's centre, and wait a moment; DispatchError where it is on no task."""
        if not reason.strip():
            raise MissingField(_("reason"), _("a unit is called back with one"))
        request, incident = self._task(view)
        detail: dict[str, object] = {"unit": view.unit.id, "request": request, "reason": sayable(reason)}
        await self.record("unit.called_back", incident, detail, by)
        requester = self.kit.requester
        if request in requester.asked:
            await requester.cancel(request, operator=by.operator, role=by.role.value)
        else:
            job = self._job(incident, view)
            await requester.call_back(
                view.unit.city, view.unit.id, request, job, by.operator, role=by.role.value
            )
        await self.news.until(lambda: requester.asked[request].state in _BACK, wait_s)
        return requester.asked[request]

    def _task(self, view: UnitView) -> tuple[RequestId, IncidentId]:
        """The order that has a unit: this desk's own, or the one its centre names."""
        own, status = self.orders.open_order(view.unit.id), view.status
        if own is not None:
            return own.request, own.job.incident
        if status is None or status.task is None or status.incident is None:
            raise DispatchError(_("{unit} is on no task", unit=view.unit.id))
        if self.home_city not in (view.unit.city, self._city_of(status.incident)):
            facts = {"unit": view.unit.id, "city": self.city_name(view.unit.city)}
            problem = _(
                "{unit} belongs to {city}: only that city, or the one that asked, can do this", **facts
            )
            raise DispatchError(problem)
        return RequestId(status.task), IncidentId(status.incident)

    def _city_of(self, number: str) -> CityCode | None:
        cities = self.picture.cities.values()
        return next((city.code for city in cities if number.startswith(f"{city.prefix}-")), None)

    def _job(self, number: IncidentId, view: UnitView) -> Job:
        """What the order was for, as far as this desk knows: it is only called back."""
        incident = self.picture.incidents.get(number)
        if incident is not None:
            return job_of(incident)
        here = view.fix.position if view.fix is not None else self.picture.city(view.unit.city).centre
        return Job(incident=number, priority=Priority.ROUTINE, position=here, place=number)

    def _recall_outcome(self, asked: Asked) -> Outcome:
        unit = asked.unit
        match asked.state:
            case OrderState.STOOD_DOWN | OrderState.CANCELLED:
                return Outcome(ok=True, message=_("{unit} is called back and free", unit=unit))
            case OrderState.DONE:
                return Outcome(ok=True, message=_("{unit} was through with it already", unit=unit))
            case OrderState.STANDING_DOWN:
                return Outcome(
                    ok=True,
                    message=_("{unit} is told to stand down: its crew has not said so yet", unit=unit),
                )
        return Outcome(
            ok=False, message=_("{unit}: no answer yet, it is called back again; call by radio", unit=unit)
        )

    # --- what follows --------------------------------------------------------------------------

    async def send_next(self, view: UnitView, incident: Incident, reason: str, by: By) -> Outcome:
        """Call a unit back from its task and send it to another incident once it is free."""
        request, _before = self._task(view)
        name = f"send:{view.unit.id}"
        sequel = Sequel(name, What.SEND, incident.id, by, self.now_ms(), unit=view.unit.id, request=request)
        await self.sequels.keep(sequel)
        try:
            asked = await self.call_back(view, reason, by)
        except BaseException:
            await self.sequels.drop(sequel)
            raise
        await self.news.until(lambda: sequel.id not in self.sequels.all, WAIT_S if asked.settled else 0.0)
        facts = {"unit": view.unit.id, "incident": incident.id}
        order = self.orders.open_order(view.unit.id)
        if order is not None and order.job.incident == incident.id:
            return self.orders.outcome_of(order)
        return Outcome(
            ok=True,
            message=_("{unit} is called back: it goes to {incident} once its crew has heard it", **facts),
        )

    async def follow(self) -> None:
        """Send on what has been called back, where its crew has heard; give back what waited too long."""
        for sequel in list(self.sequels.all.values()):
            if sequel.what is What.SEND:
                await self._send_on(sequel)

    async def _send_on(self, sequel: Sequel) -> None:
        view = self.unit(sequel.unit or "")
        order = self.orders.open_order(view.unit.id)
        if order is not None and order.job.incident == sequel.incident:
            await self.sequels.drop(sequel)  # it was sent before this console was restarted
            return
        incident = self.picture.incidents.get(sequel.incident)
        if incident is None or not incident.state.open or self._gone(sequel, view):
            await self.give_back(sequel, "reassign_failed")
        elif order is None and not self.orders.cannot_send(view):
            detail: dict[str, object] = {"unit": view.unit.id, "incident": incident.id}
            await self.record("unit.reassigned", incident.id, detail, sequel.by)
            await self.orders.order(incident, view, sequel.by, wait_s=0.0)
            await self.sequels.drop(sequel)
            self.news.tell()

    def _gone(self, sequel: Sequel, view: UnitView) -> bool:
        """It fell out, somebody else has it now, or the crew was never heard of."""
        status = view.status
        out = status is not None and status.state in (UnitState.OUT_OF_SERVICE, UnitState.PAUSED)
        taken = status is not None and status.state.on_task and status.task not in (None, sequel.request)
        return out or taken or self.waited_too_long(sequel)

    def waited_too_long(self, sequel: Sequel) -> bool:
        return self.now_ms() - sequel.made_ms > SEQUEL_MS

    async def give_back(self, sequel: Sequel, code: str) -> None:
        """It cannot be done any more: the operator is told, and decides anew."""
        await self.sequels.drop(sequel)
        facts: dict[str, str | int | float] = {"incident": sequel.incident, "unit": sequel.unit or ""}
        self.ring(code, sequel.id, facts)
        self.news.tell()
