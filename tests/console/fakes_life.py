"""The incident side of the fake desk: calls, the life of an incident, orders and states of units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from dispatch.centre.asking import Standing, Urgency
from dispatch.clock import Clock
from dispatch.decide.ambulances import UnitRanking
from dispatch.domain.errors import MissingField
from dispatch.domain.geography import Position, great_circle_km
from dispatch.domain.incidents import Act as IncidentAct
from dispatch.domain.incidents import Ending, Incident, IncidentId, IncidentState, Priority
from dispatch.domain.orders import RequestId
from dispatch.domain.timeline import Entry
from dispatch.domain.units import Capability, StateSource, UnitId, UnitState, UnitStatus, change_state
from dispatch.picture.live import Picture

if TYPE_CHECKING:
    from tests.console.fakes import Act

_SETTLED = frozenset(
    {Standing.DONE, Standing.STOOD_DOWN, Standing.DENIED, Standing.EXPIRED, Standing.CANCELLED}
)
_NEAR_KM = 0.5


@dataclass(frozen=True)
class FakeOutcome:
    ok: bool
    message: str


@dataclass(frozen=True)
class FakeCaller:
    at: datetime
    number: str
    name: str
    text: str


@dataclass
class FakeOrder:
    """One decision; its urgency follows from how long the crew has not answered."""

    request: RequestId
    unit: UnitId
    incident: IncidentId
    since: datetime
    clock: Clock
    standing: Standing = Standing.ORDERED
    why: str = ""

    @property
    def urgency(self) -> Urgency:
        waited_ms = (self.clock.now() - self.since).total_seconds() * 1000
        if self.standing in _SETTLED or self.standing in (Standing.CONFIRMED, Standing.STANDING_DOWN):
            return Urgency.NONE
        if waited_ms >= 30_000 or self.standing is Standing.UNKNOWN:
            return Urgency.ESCALATED
        if waited_ms >= 10_000:
            return Urgency.RED
        unanswered = self.standing is Standing.REQUESTED and waited_ms >= 2_000
        return Urgency.AMBER if unanswered else Urgency.NONE


class IncidentLife:
    """What FakeDesk knows of incidents, orders and units; every act is remembered in `acts`."""

    picture: Picture
    clock: Clock
    operator: str
    acts: "list[Act]"

    def _begin_life(self) -> None:
        self.orders_asked: list[FakeOrder] = []
        self.lines: dict[IncidentId, list[Entry]] = {}
        self.calls: dict[IncidentId, list[FakeCaller]] = {}

    # -- taking calls --

    def similar(self, position: Position) -> Sequence[Incident]:
        near = [
            (great_circle_km(position, each.position), each)
            for each in self.picture.open_incidents()
            if great_circle_km(position, each.position) <= _NEAR_KM
        ]
        return [each for _km, each in sorted(near, key=lambda pair: pair[0])]

    async def join_call(
        self, incident_id: IncidentId, act: IncidentAct, text: str, number: str = "", name: str = ""
    ) -> FakeOutcome:
        incident = self.picture.incidents[incident_id]
        chased = incident.chases + (act is IncidentAct.CHASE)
        self._change(incident_id, acceptances=incident.acceptances + 1, chases=chased)
        self._write(incident_id, act.value, text=text)
        self._did("join", incident=incident_id, act=act, text=text, number=number, name=name)
        if number or name:
            await self.note_caller(incident_id, number, name, text)
        return FakeOutcome(True, f"{incident_id} +1")

    async def note_caller(self, incident_id: IncidentId, number: str, name: str, text: str) -> None:
        call = FakeCaller(self.clock.now(), number, name, text)
        self.calls.setdefault(incident_id, []).append(call)
        self._did("caller", incident=incident_id, number=number, name=name, text=text)

    def callers(self, incident_id: IncidentId) -> Sequence[FakeCaller]:
        return self.calls.get(incident_id, [])

    async def erase_callers(self, incident_id: IncidentId, reason: str) -> FakeOutcome:
        self._did("erase_callers", incident=incident_id, reason=reason)
        return FakeOutcome(True, str(incident_id))

    async def callers_unmasked(self, incident_id: IncidentId) -> Sequence[FakeCaller]:
        self._did("unmask", incident=incident_id)
        return self.callers(incident_id)

    def chase_help(self, incident_id: IncidentId) -> str:
        units = self.picture.incidents[incident_id].units
        return f"{units[0]} 已在途，约 6 分钟到达" if units else "尚未派出车辆"

    # -- the life of an incident --

    def timeline(self, incident_id: IncidentId) -> Sequence[Entry]:
        return self.lines.get(incident_id, [])

    async def hold(self, incident_id: IncidentId, reason: str, until: datetime | None) -> FakeOutcome:
        self._change(incident_id, state=IncidentState.HELD, reason=reason, held_until=until)
        self._write(incident_id, "hold", reason=reason)
        self._did("hold", incident=incident_id, reason=reason, until=until)
        return FakeOutcome(True, f"{incident_id} 已挂起")

    async def wake(self, incident_id: IncidentId) -> FakeOutcome:
        incident = self.picture.incidents[incident_id]
        if incident.state is not IncidentState.HELD:
            return FakeOutcome(False, f"{incident_id} 未挂起")
        self._change(incident_id, state=IncidentState.WAITING, reason="", held_until=None)
        self._write(incident_id, "wake")
        self._did("wake", incident=incident_id)
        return FakeOutcome(True, f"{incident_id} 已唤醒")

    async def amend(
        self,
        incident_id: IncidentId,
        *,
        priority: Priority | None = None,
        patients: int | None = None,
        needs: frozenset[Capability] | None = None,
        chief_complaint: str | None = None,
    ) -> FakeOutcome:
        given = {
            "priority": priority,
            "patients": patients,
            "needs": needs,
            "chief_complaint": chief_complaint,
        }
        changes = {name: value for name, value in given.items() if value is not None}
        self._change(incident_id, **changes)
        self._write(incident_id, "amend", what=", ".join(changes))
        self._did("amend", incident=incident_id, **changes)
        return FakeOutcome(True, f"{incident_id} 已更改")

    async def note(self, incident_id: IncidentId, text: str) -> FakeOutcome:
        self._write(incident_id, "note", text=text)
        self._did("note", incident=incident_id, text=text)
        return FakeOutcome(True, f"{incident_id} 已备注")

    async def reinforce(self, incident_id: IncidentId, count: int, text: str) -> FakeOutcome:
        incident = self.picture.incidents[incident_id]
        self._change(incident_id, reinforcements=incident.reinforcements + count)
        self._write(incident_id, "reinforce", text=text)
        self._did("reinforce", incident=incident_id, count=count, text=text)
        return FakeOutcome(True, f"{incident_id} 增援 {count}")

    async def none_free(self, incident_id: IncidentId) -> FakeOutcome:
        incident = self.picture.incidents[incident_id]
        self._change(incident_id, none_free=incident.none_free + 1)
        self._write(incident_id, "none_free")
        self._did("none_free", incident=incident_id)
        return FakeOutcome(True, f"{incident_id} 欲派无车 {incident.none_free + 1}")

    async def close_incident(self, incident_id: IncidentId, ending: Ending, reason: str) -> FakeOutcome:
        self._change(incident_id, state=IncidentState.CLOSED, ending=ending, reason=reason, units=())
        self._write(incident_id, "closed", ending=ending.value, reason=reason)
        self._did("close", incident=incident_id, ending=ending, reason=reason)
        return FakeOutcome(True, f"{incident_id} 已结束")

    # -- orders --

    def orders(self, incident_id: IncidentId | None = None) -> Sequence[FakeOrder]:
        wanted = [o for o in self.orders_asked if incident_id is None or o.incident == incident_id]
        return sorted(wanted, key=lambda order: (order.standing in _SETTLED, order.since))

    def _asked(self, incident_id: IncidentId, unit_id: UnitId) -> None:
        request = RequestId(f"r{len(self.orders_asked) + 1}")
        self.orders_asked.append(FakeOrder(request, unit_id, incident_id, self.clock.now(), self.clock))

    async def stand_down(self, unit_id: UnitId, reason: str) -> FakeOutcome:
        for order in self.orders_asked:
            if order.unit == unit_id and order.standing not in _SETTLED:
                order.standing = Standing.STANDING_DOWN
        self._did("recall", unit=unit_id, reason=reason)
        return FakeOutcome(True, f"{unit_id} 召回中")

    async def reassign(
        self, unit_id: UnitId, incident_id: IncidentId, ranking: UnitRanking, override_reason: str | None
    ) -> FakeOutcome:
        self._did("reassign", unit=unit_id, incident=incident_id, why=override_reason)
        return FakeOutcome(True, f"{unit_id} → {incident_id}")

    async def set_state(
        self, unit_id: UnitId, state: UnitState, *, reason: str | None = None, destination: str | None = None
    ) -> FakeOutcome:
        before = self.picture.fleet.view(unit_id).status
        if before is None:
            raise MissingField("state", "the unit was never heard")
        change_state(before.state, state, reason=reason, destination=destination)
        status = UnitStatus(
            state=state,
            since=self.clock.now(),
            source=StateSource.DESK,
            incident=before.incident if state.on_task else None,
            task=before.task if state.on_task else None,
            destination=destination,
            reason=reason,
        )
        self.picture.fleet.apply_status(unit_id, status)
        self.picture.changes.mark("unit", unit_id)
        self._did("state", unit=unit_id, state=state, reason=reason, destination=destination)
        return FakeOutcome(True, f"{unit_id} {int(state)}")

    # -- inside --

    def _did(self, what: str, **facts: object) -> None:
        raise NotImplementedError

    def _change(self, incident_id: IncidentId, **changes: object) -> None:
        incident = self.picture.incidents[incident_id]
        self.picture.incidents[incident_id] = incident.model_copy(update=changes)
        self.picture.changes.mark("incident", incident_id)

    def _write(self, incident_id: IncidentId, code: str, **facts: str | int) -> None:
        """One more line of an incident's timeline."""
        lines = self.lines.setdefault(incident_id, [])
        lines.append(
            Entry(number=len(lines) + 1, at=self.clock.now(), code=code, by=self.operator, facts=dict(facts))
        )
        self.picture.changes.mark("timeline", incident_id)
