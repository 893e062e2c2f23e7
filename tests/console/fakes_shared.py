"""What desks share, for the fake desk: who sits there, lending, alarms put aside, presence, handover."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.blood.expected_issue import expected_forecasts
from dispatch.blood.move_models import MoveAnswer, MoveDecision
from dispatch.blood.moves import propose_moves
from dispatch.clock import Clock
from dispatch.decide.keeps import keeps_after
from dispatch.domain.aid import AidAct, AidId, AidState
from dispatch.domain.alarms import AlarmId
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.model import Name
from dispatch.domain.operators import Right, Role
from dispatch.domain.units import Capability, UnitId, UnitState
from dispatch.handover import HandoverSheet, UnitOut
from dispatch.language import current
from dispatch.picture.live import Picture
from dispatch.settings import Configuration
from tests.console.fakes_life import FakeOutcome


@dataclass(frozen=True)
class FakeKeeps:
    free: int
    left: int
    fleet: int
    reserve: int
    bare_stations: Sequence[str] = ()


class FakeMoves:
    """Looks for moves as the desk does; what is decided is remembered in the desk's `acts`."""

    def __init__(self, desk: "SharedDesk") -> None:
        self.desk = desk
        self.answer: MoveAnswer | None = None
        self.decided: dict[str, MoveDecision] = {}

    async def look(self) -> MoveAnswer:
        desk, held = self.desk, self.desk.configuration
        forecasts = expected_forecasts(desk.picture.banks.values(), desk.picture.cities, held.expected_issue)
        self.answer = propose_moves(
            desk.picture, forecasts, held.move_rules, held.blood_rules, desk.clock.now()
        )
        return self.answer

    async def decide(self, proposal_id: str, *, accept: bool, reason: str = "") -> FakeOutcome:
        self.desk._did("decide_move", proposal=proposal_id, accept=accept, reason=reason)
        at = self.desk.clock.now()
        self.decided[proposal_id] = MoveDecision(
            id=proposal_id, accepted=accept, reason=reason, by=self.desk.operator, at=at
        )
        return FakeOutcome(True, "accepted" if accept else "declined")


class SharedDesk:
    """Roles, lending, alarms and handover of FakeDesk; every act is remembered in `acts`."""

    picture: Picture
    clock: Clock
    operator: str
    home_city: CityCode
    configuration: Configuration
    drill: bool

    @property
    def seat(self) -> str:
        return f"{self.operator}@console-1"

    def _begin_sharing(self) -> None:
        self.role = Role.DISPATCHER
        self.break_glass = False
        self.signed_in = True
        self.forbidden: dict[Right, str] = {}
        """Right -> why the role in use may not."""
        self.known_operators: list[tuple[str, Name, Role]] = []
        self.at_work: IncidentId | None = None
        self.moves = FakeMoves(self)

    # -- who sits here --

    def may(self, right: Right) -> str:
        return self.forbidden.get(right, "")

    def wants_code(self, operator: str) -> bool:
        return False

    async def sign_in(self, operator: str, password: str, code: str = "") -> FakeOutcome:
        self._did("sign_in", operator=operator)
        self.signed_in = bool(password)
        return FakeOutcome(self.signed_in, operator)

    async def sign_in_by_break_glass(self, operator: str, reason: str) -> FakeOutcome:
        self._did("break_glass", operator=operator, reason=reason)
        self.operator, self.signed_in, self.break_glass = operator, True, True
        return FakeOutcome(True, operator)

    async def sign_out(self, *, idle: bool = False) -> FakeOutcome:
        self._did("sign_out", idle=idle)
        self.signed_in = False
        return FakeOutcome(True, self.operator)

    def operators(self) -> Sequence[tuple[str, Name, Role]]:
        return self.known_operators

    # -- lending --

    def keeps(
        self, lender: CityCode, priority: Priority, count: int, units: Sequence[UnitId] = ()
    ) -> FakeKeeps:
        rules, now = self.configuration.dispatch_rules, self.clock.now()
        kept = keeps_after(self.picture, lender, priority, units, count, rules, now)
        bare = [site.name.text(current()) for site in kept.bare]
        return FakeKeeps(kept.free, kept.left, kept.fleet, kept.reserve, bare)

    async def ask_aid(
        self,
        incident_id: IncidentId,
        lender: CityCode,
        count: int,
        needs: frozenset[Capability],
        text: str = "",
    ) -> FakeOutcome:
        facts = {"incident": incident_id, "lender": lender, "count": count, "needs": needs, "text": text}
        self._did("ask_aid", **facts)
        return FakeOutcome(True, f"{lender} {count}")

    async def hand_over_incident(self, incident_id: IncidentId, to: CityCode, reason: str) -> FakeOutcome:
        self._did("hand_over", incident=incident_id, to=to, reason=reason)
        return FakeOutcome(True, f"{incident_id} → {to}")

    async def answer_aid(
        self, aid_id: AidId, act: AidAct, units: Sequence[UnitId] = (), reason: str = ""
    ) -> FakeOutcome:
        self._did("answer_aid", aid=aid_id, act=act, units=tuple(units), reason=reason)
        aid, now = self.picture.aids[aid_id], self.clock.now()
        changes: dict[AidAct, dict[str, object]] = {
            AidAct.CLAIM: {"claimed_by": self.seat},
            AidAct.UNCLAIM: {"claimed_by": ""},
            AidAct.ACCEPT: {"state": AidState.ACCEPTED, "answered_by": self.seat},
            AidAct.COMMIT: {"state": AidState.COMMITTED, "answered_by": self.seat, "units": tuple(units)},
            AidAct.DECLINE: {"state": AidState.DECLINED, "answered_by": self.seat, "reason": reason},
            AidAct.CANCEL: {"state": AidState.CANCELLED},
            AidAct.RELEASE: {"state": AidState.RELEASED},
        }
        self.picture.aids[aid_id] = aid.model_copy(update={"changed_at": now, **changes[act]})
        self.picture.changes.mark("aid", aid_id)
        return FakeOutcome(True, act.value)

    async def telephone(
        self, unit_id: UnitId, incident_id: IncidentId, reason: str, spoke_to: str
    ) -> FakeOutcome:
        self._did("telephone", unit=unit_id, incident=incident_id, reason=reason, spoke_to=spoke_to)
        return FakeOutcome(True, f"{unit_id} → {incident_id}")

    # -- alarms, other desks, shifts --

    async def shelve(self, alarm_id: AlarmId, minutes: int, reason: str) -> FakeOutcome:
        self._did("shelve", alarm=alarm_id, minutes=minutes, reason=reason)
        return self._put_aside(alarm_id, self.clock.now() + timedelta(minutes=minutes))

    async def unshelve(self, alarm_id: AlarmId) -> FakeOutcome:
        self._did("unshelve", alarm=alarm_id)
        return self._put_aside(alarm_id, None)

    def _put_aside(self, alarm_id: AlarmId, until: datetime | None) -> FakeOutcome:
        alarms = self.picture.alarms.by_id
        alarms[alarm_id] = alarms[alarm_id].model_copy(update={"shelved_until": until})
        self.picture.changes.mark("alarm", alarm_id)
        return FakeOutcome(True, "\u221a")

    async def work_on(self, incident_id: IncidentId | None) -> None:
        self.at_work = incident_id

    def handover_sheet(self) -> HandoverSheet:
        home, aids = self.home_city, [a for a in self.picture.aids.values() if not a.state.final]
        pairs = zip(self.picture.fleet.units, self.picture.fleet.statuses, strict=True)
        return HandoverSheet(
            city=self.home_city,
            made_at=self.clock.now(),
            outgoing=self.operator,
            incidents=tuple(i for i in self.picture.open_incidents() if i.city == self.home_city),
            alarms=tuple(self.picture.alarms.listed()),
            units_out=tuple(
                UnitOut(unit=unit.id, status=status)
                for unit, status in pairs
                if unit.city == home and status and status.state >= UnitState.OUT_OF_SERVICE
            ),
            lent=tuple(aid for aid in aids if aid.lender == home),
            borrowed=tuple(aid for aid in aids if aid.borrower == home),
            unsettled_orders=("CS-002 CS-1124-0001 02:16",),
            drill=self.drill,
        )

    async def sign_handover(
        self, sheet: HandoverSheet, incoming: str, password: str, remarks: str, code: str = ""
    ) -> FakeOutcome:
        self._did("sign_handover", sheet=sheet, incoming=incoming, remarks=remarks)
        return FakeOutcome(password != "wrong", incoming)

    # -- inside --

    def _did(self, what: str, **facts: object) -> None:
        raise NotImplementedError
