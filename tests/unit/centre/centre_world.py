"""A city's centre in memory, driven by what desks, crews and neighbours say; see MemoryCentre."""

from datetime import timedelta
from itertools import count

from dispatch.centre.draft import Draft
from dispatch.centre.memory import MemoryCentre, Mind
from dispatch.centre.messages import (
    ActOnAlarm,
    AlarmDeed,
    AnswerAid,
    AskAid,
    Cancel,
    ChangeIncident,
    Commit,
    ForeignAid,
    ForeignUnit,
    Input,
    OpenIncident,
    Reply,
    Report,
    Request,
    Said,
    SetUnit,
    Telephoned,
    Tick,
    UnitSaid,
)
from dispatch.centre.protocol import Ledger, Note
from dispatch.centre.rules import AlarmRules, CentreRules, LendingRules, Patience, StandingRule, Timer
from dispatch.centre.state import Past
from dispatch.clock import from_epoch_ms
from dispatch.domain.aid import Aid, AidAct, AidId
from dispatch.domain.alarms import Alarm, AlarmId, AlarmState
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import Act, Incident, IncidentId, Priority
from dispatch.domain.operators import By, Right, Rights, Role
from dispatch.domain.orders import Asker, Job, Order, RequestId
from dispatch.domain.timeline import Entry
from dispatch.domain.units import Capability, Instead, StateSource, Unit, UnitId, UnitState, UnitStatus

CHANGSHA, ZHUZHOU, XIANGTAN = CityCode("changsha"), CityCode("zhuzhou"), CityCode("xiangtan")
PREFIXES = {CHANGSHA: "CS", ZHUZHOU: "ZZ", XIANGTAN: "XT"}
START_MS = 1_795_500_000_000
HERE = Position(lat=28.2, lon=112.97)
HOSPITAL = "CS-H-1"
LI = By(operator="li", role=Role.DISPATCHER)
LENDING = LendingRules(edition="test", answer_s=120, warn_s=30, alarm_s=60, unused_s=90)
TIMERS = {
    "order_unacknowledged": Timer(warn_s=30, alarm_s=60),
    "standing_down": Timer(warn_s=30, alarm_s=120),
    "waiting_p1": Timer(warn_s=120, alarm_s=300),
    "waiting_p2": Timer(warn_s=300, alarm_s=900),
    "waiting_p3": Timer(warn_s=1800),
    "rolling_out": Timer(warn_s=120, alarm_s=180),
    "scene_dwell": Timer(warn_s=1800, alarm_s=3600),
    "hospital_dwell": Timer(warn_s=1800, alarm_s=3600),
    "held_over": Timer(warn_s=0, alarm_s=600),
    "chased": Timer(warn_s=0),
    "handed_over": Timer(warn_s=0, alarm_s=60),
    "telephoned_only": Timer(warn_s=600, alarm_s=1800),
}
PATIENCE = Patience(unanswered_s=2, unacknowledged_s=10, escalated_s=30)
ALARMS = AlarmRules(edition="test", timers=TIMERS, orders=PATIENCE, escalate_s=30, shelve_most_min=60)
RIGHTS = Rights(edition="test", roles={Role.DISPATCHER: frozenset(Right)})


def rules(*standing: StandingRule) -> CentreRules:
    """Rules of a test, with what the cities agreed."""
    lending = LENDING.model_copy(update={"standing": standing})
    return CentreRules(lending=lending, alarms=ALARMS, rights=RIGHTS, prefixes=PREFIXES)


class NotedMind(Mind):
    """Keeps the audit rows of every message."""

    __slots__ = ("notes",)
    notes: list[Note]

    def decided(self, said: Input, ledger: Ledger, past: Past, now_ms: int) -> Draft:
        draft = super().decided(said, ledger, past, now_ms)
        self.notes += draft.notes
        return draft


class City:
    """One centre. Each method says one thing to it."""

    def __init__(
        self,
        city: CityCode = CHANGSHA,
        units: int = 6,
        centre_rules: CentreRules | None = None,
        capabilities: frozenset[Capability] = frozenset({Capability.BASIC}),
    ) -> None:
        self.city, self.now_ms = city, START_MS
        names = [UnitId(f"{PREFIXES[city]}-{number:03}") for number in range(1, units + 1)]
        fleet = [Unit(id=one, city=city, capabilities=capabilities) for one in names]
        self.centre = MemoryCentre(city, fleet, centre_rules or rules(), now_ms=START_MS, drill=False)
        plain = self.centre.mind
        self.mind = self.centre.mind = NotedMind(plain.state, plain.rules)
        self.mind.notes = []
        self.state = self.centre.state
        self._keys = count(1)

    # --- time, and desks ---

    def wait(self, seconds: float) -> None:
        """Time goes by, and the centre looks around."""
        self.now_ms += int(seconds * 1000)
        self.tick()

    def tick(self) -> None:
        self._take(Tick())

    def open(
        self,
        number: str = "CS-1124-1001",
        *,
        priority: int = 1,
        patients: int = 1,
        node: str = "console-1",
        **what: object,
    ) -> Reply:
        one = Incident(
            id=IncidentId(number),
            city=self.city,
            position=HERE,
            place="Wuyi Square",
            priority=Priority(priority),
            patients=patients,
            opened_at=from_epoch_ms(self.now_ms),
        ).model_copy(update=what)
        return self._keyed(OpenIncident(self._key(), Asker(self.city, node), LI, one))

    def change(self, number: str, act: Act, **what: object) -> Reply:
        asker, incident = Asker(self.city, "console-1"), IncidentId(number)
        return self._keyed(ChangeIncident(self._key(), asker, LI, incident, act, **what))  # type: ignore[arg-type]

    def set_state(
        self, unit: str, state: UnitState, reason: str | None = None, hospital: str | None = None
    ) -> Reply:
        """The desk sets a unit's state."""
        asker, one = Asker(self.city, "console-1"), UnitId(unit)
        task = self.centre.state.duties[one].status.task if one in self.centre.state.duties else None
        request = None if task is None else RequestId(task)
        return self._keyed(
            SetUnit(self._key(), asker, LI, one, state, self.now_ms, hospital, reason, request)
        )

    def ask(
        self,
        aid: str = "a1",
        *,
        units: int = 1,
        wanted: tuple[str, ...] = (),
        borrower: CityCode = ZHUZHOU,
        by: CityCode | None = None,
        **what: object,
    ) -> Reply:
        now = from_epoch_ms(self.now_ms)
        record = Aid(
            id=AidId(aid),
            lender=self.city,
            borrower=borrower,
            node="console-9",
            operator="wang",
            incident=IncidentId(f"{PREFIXES[borrower]}-1124-1001"),
            priority=Priority.LIFE_THREATENING,
            position=HERE,
            place="Lukou",
            count=units,
            wanted=tuple(UnitId(one) for one in wanted),
            asked_at=now,
            answer_by=now + timedelta(seconds=120),
            changed_at=now,
        ).model_copy(update=what)
        return self._keyed(AskAid(self._key(), Asker(by or borrower, "console-1"), LI, record))

    def answer(
        self,
        act: AidAct,
        *units: str,
        aid: str = "a1",
        by: CityCode | None = None,
        node: str = "console-1",
        reason: str = "",
    ) -> Reply:
        asker, named = Asker(by or self.city, node), tuple(UnitId(one) for one in units)
        return self._keyed(AnswerAid(self._key(), asker, LI, AidId(aid), act, named, reason))

    def act_on(
        self,
        alarm: str,
        act: AlarmDeed,
        minutes: float | None = None,
        reason: str = "busy",
        by: CityCode | None = None,
    ) -> Reply:
        until_ms = None if minutes is None else self.now_ms + int(minutes * 60_000)
        asker = Asker(by or self.city, "console-1")
        return self._keyed(ActOnAlarm(self._key(), asker, LI, AlarmId(alarm), act, until_ms, reason))

    def telephoned(
        self,
        unit: str,
        number: str,
        ago_s: float = 0,
        reason: str = "cut off",
        by: CityCode = ZHUZHOU,
        other: str = "",
    ) -> Reply:
        at_ms, asker = self.now_ms - int(ago_s * 1000), Asker(by, "console-1")
        said = Telephoned(
            self._key(), asker, LI, UnitId(unit), IncidentId(number), at_ms, reason, "the officer", other
        )
        return self._keyed(said)

    # --- neighbours ---

    def foreign_aid(self, aid: Aid) -> None:
        self._take(ForeignAid(aid))

    def foreign_unit(
        self,
        unit: str,
        state: UnitState,
        number: str | None = None,
        reason: str | None = None,
        instead: tuple[Instead, ...] = (),
    ) -> None:
        """Zhuzhou's centre says what its unit does."""
        self.now_ms += 1000
        on = state.on_task and number is not None
        status = UnitStatus(
            state=state,
            since=from_epoch_ms(self.now_ms),
            incident=number if on else None,
            task="theirs" if on else None,
            reason=reason,
            destination=HOSPITAL if on else None,
        )
        self._take(ForeignUnit(ZHUZHOU, UnitId(unit), status, instead))

    # --- orders and crews ---

    def request(
        self,
        unit: str,
        number: str,
        *,
        by: CityCode | None = None,
        aid: str | None = None,
        position: Position = HERE,
    ) -> RequestId:
        request = RequestId(f"r{next(self._keys)}")
        job = Job(incident=IncidentId(number), priority=Priority(1), position=position, place="Wuyi Square")
        asker = Asker(by or self.city, "console-1")
        under = AidId(aid) if aid else None
        self._take(Request(request, UnitId(unit), asker, "li", job, self.now_ms + 60_000, under))
        return request

    def commit(self, request: RequestId) -> None:
        order = self.order(request)
        self._take(Commit(request, order.unit, order.asker, "li", order.token))

    def send(self, unit: str, number: str, **how: object) -> RequestId:
        """Reserve and order."""
        request = self.request(unit, number, **how)  # type: ignore[arg-type]
        self.commit(request)
        return request

    def cancel(self, request: RequestId, operator: str = "chen") -> None:
        order = self.order(request)
        self._take(Cancel(request, order.unit, order.asker, operator))

    def report(self, request: RequestId, said: Said, ending: str = "") -> None:
        order = self.order(request)
        self._take(Report(order.unit, request, order.token, said, ending))

    def acknowledge(self, request: RequestId) -> None:
        self.report(request, Said.ACKNOWLEDGED)

    def done(self, request: RequestId, ending: str = "completed") -> None:
        self.report(request, Said.DONE, ending)

    def says(
        self, request: RequestId, state: UnitState, patients: int = 0, reason: str | None = None
    ) -> None:
        """The vehicle tells its next state on its task."""
        self.now_ms += 1000
        unit = self.order(request).unit
        self._take(
            UnitSaid(
                unit,
                self.state.duties[unit].heard + 1,
                state,
                self.now_ms,
                StateSource.TERMINAL,
                request,
                HOSPITAL if state is UnitState.TRANSPORTING else None,
                reason,
                patients,
            )
        )

    def journey(self, request: RequestId, *states: UnitState, patients: int = 1) -> None:
        """The crew acknowledges and goes through the states."""
        self.acknowledge(request)
        for state in states:
            self.says(request, state, patients if state is UnitState.TRANSPORTING else 0)

    # --- looking ---

    def order(self, request: RequestId) -> Order:
        return self.centre.book.orders[request]

    def denied(self, request: RequestId) -> str:
        """Why a request was denied; empty: it was not."""
        step = self.order(request).steps[-1]
        return step.reason if step.state.value == "denied" else ""

    def find(self, number: str = "CS-1124-1001") -> Incident:
        return self.state.incidents[IncidentId(number)]

    def timeline(self, number: str = "CS-1124-1001") -> list[Entry]:
        return list(self.state.timelines[IncidentId(number)])

    def codes(self, number: str = "CS-1124-1001") -> list[str]:
        return [entry.code for entry in self.timeline(number)]

    def help(self, aid: str = "a1") -> Aid:
        return self.state.aids[AidId(aid)]

    def alarms(self) -> dict[str, Alarm]:
        return {str(number): alarm for number, alarm in self.state.alarms.items()}

    def ringing(self) -> set[str]:
        return {key for key, one in self.alarms().items() if one.state is AlarmState.UNACKNOWLEDGED}

    def actions(self) -> list[str]:
        return [note.action for note in self.mind.notes]

    def note(self, action: str) -> Note:
        return next(note for note in reversed(self.mind.notes) if note.action == action)

    # --- inside ---

    def _key(self) -> str:
        return f"key-{next(self._keys)}"

    def _take(self, said: Input) -> list[Reply]:
        effects = self.centre.take([said], self.now_ms)
        return [effect for effect in effects if isinstance(effect, Reply)]

    def _keyed(self, said: Input) -> Reply:
        (reply,) = self._take(said)
        return reply


def refused(reply: Reply, code: str, **facts: str | int) -> bool:
    """Whether a command was refused for this reason and with these facts, among others."""
    assert not reply.accepted, "it was accepted"
    assert reply.code == code, f"refused with {reply.code} {dict(reply.facts)}"
    assert {name: reply.facts.get(name) for name in facts} == facts
    return True
