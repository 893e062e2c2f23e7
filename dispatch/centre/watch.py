"""Which alarms should stand now: read from the open records and the timers of config/alarms.toml.

Facts hold nothing that grows with time, so that an alarm is published when it changes and not each second.
Only open records are looked at: open orders, open incidents, open requests for help, and the units they name.
"""

from dataclasses import dataclass, field
from datetime import datetime

from dispatch.centre.blood_watch import blood_alarms
from dispatch.centre.draft import Draft
from dispatch.centre.events import alarm_id, by_priority
from dispatch.centre.rules import Timer
from dispatch.clock import from_epoch_ms
from dispatch.domain.aid import Aid, AidKind, AidState
from dispatch.domain.alarms import AlarmId, Severity
from dispatch.domain.geography import great_circle_km
from dispatch.domain.incidents import Incident, IncidentState
from dispatch.domain.orders import Job, Order, OrderState
from dispatch.domain.units import UnitState

NEVER = Timer()
_DWELL = {
    UnitState.ACKNOWLEDGED: "rolling_out",
    UnitState.ON_SCENE: "scene_dwell",
    UnitState.AT_HOSPITAL: "hospital_dwell",
}
Facts = dict[str, str | int | float]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One alarm that should stand. `again`: a count whose growth rings it anew."""

    id: AlarmId
    code: str
    severity: Severity
    subject: str
    facts: Facts = field(default_factory=dict)
    again: int = 0


def wanted(draft: Draft) -> dict[AlarmId, Wanted]:
    """Everything that should stand now, by id."""
    watch = _Watch(draft)
    watch.orders()
    watch.incidents()
    watch.received()
    watch.asked()
    watch.blood()
    return watch.found


def grade(timer: Timer, age_s: float) -> Severity | None:
    """How loud something is after `age_s` seconds; None: not yet."""
    if timer.alarm_s is not None and age_s >= timer.alarm_s:
        return Severity.CRITICAL
    if timer.warn_s is not None and age_s >= timer.warn_s:
        return Severity.WARNING
    return None


class _Watch:
    """One look around. Facts are only made for what is due: nearly nothing ever is."""

    def __init__(self, draft: Draft) -> None:
        self.draft, self.now = draft, draft.now
        self.timers = draft.rules.alarms.timers
        lending = draft.rules.lending
        self.patience = Timer(warn_s=lending.warn_s, alarm_s=lending.alarm_s)
        self.found: dict[AlarmId, Wanted] = {}

    def add(
        self, code: str, about: str, subject: str, severity: Severity, facts: Facts, again: int = 0
    ) -> None:
        number = alarm_id(code, about)
        self.found[number] = Wanted(number, code, severity, subject, facts, again)

    def due(self, code: str, since: datetime) -> Severity | None:
        return grade(self.timers.get(code, NEVER), (self.now - since).total_seconds())

    # --- orders and the units they hold -----------------------------------------------------------

    def orders(self) -> None:
        for order in self.draft.held():
            if order.job is None or order.state is OrderState.RESERVED:
                continue
            code, since = self._timer_of(order)
            severity = None if code is None or since is None else self.due(code, since)
            if code is not None and severity is not None:
                facts: Facts = {"unit": order.unit, "incident": order.job.incident}
                self.add(code, order.unit, order.job.incident, severity, facts)
            self._place(order, order.job)

    def _timer_of(self, order: Order) -> tuple[str | None, datetime | None]:
        """The timer that runs for an order or its unit, and since when."""
        if order.state is OrderState.ORDERED:
            return "order_unacknowledged", from_epoch_ms(order.steps[-1].at_ms)
        if order.state is OrderState.STANDING_DOWN:
            return "standing_down", from_epoch_ms(order.steps[-1].at_ms)
        duty = self.draft.duty(order.unit)
        if duty is None or duty.status.task != order.request:
            return None, None
        return _DWELL.get(duty.status.state), duty.status.since

    def _place(self, order: Order, job: Job) -> None:
        """A crew drives to the place in its order, and the incident's was corrected since."""
        incident = self.draft.incident(job.incident)
        if incident is None:
            return
        here, there = incident.position, job.position
        if (here.lat, here.lon) == (there.lat, there.lon):
            return  # nearly always: the distance is worth its price only for the others
        duty, limit_m = self.draft.duty(order.unit), self.draft.rules.alarms.place_changed_m
        on_its_way = duty is not None and duty.status.state <= UnitState.EN_ROUTE
        if on_its_way and great_circle_km(here, there) * 1000 > limit_m:
            facts: Facts = {"unit": order.unit, "incident": incident.id, "place": incident.place}
            self.add("place_changed", order.unit, incident.id, Severity.CRITICAL, facts)

    # --- incidents --------------------------------------------------------------------------------

    def incidents(self) -> None:
        for incident in self.draft.open_incidents():
            if incident.state is IncidentState.WAITING and incident.waiting_since is not None:
                self._waiting(incident, incident.waiting_since)

    def _waiting(self, incident: Incident, since: datetime) -> None:
        number = incident.id
        if incident.unsent:
            self._timed(incident, f"waiting_p{int(incident.priority)}", since)
        elif not incident.units:
            self._timed(incident, "telephoned_only", since)
        if incident.held_until is not None:
            self._timed(incident, "held_over", incident.held_until)
        if incident.chases:
            self._timed(incident, "chased", since, again=incident.chases)
        if incident.origin is not None:
            self._timed(incident, "handed_over", since)
        if incident.none_free:
            self.add("none_free", number, number, Severity.ADVISORY, {"incident": number})

    def _timed(self, incident: Incident, code: str, since: datetime, again: int = 0) -> None:
        severity = self.due(code, since)
        if severity is not None:
            facts: Facts = {"incident": incident.id, "place": incident.place}
            if incident.origin is not None:
                facts["origin"] = incident.origin
            self.add(code, incident.id, incident.id, severity, facts, again)

    # --- help -------------------------------------------------------------------------------------

    def received(self) -> None:
        """At the lender: loud as soon as it is received, louder while nobody answers."""
        for aid in self.draft.open_aids():
            since = _unanswered_since(aid)
            if since is None:
                continue
            facts: Facts = {"city": aid.borrower, "incident": aid.incident, "place": aid.place}
            severity = grade(self.patience, (self.now - since).total_seconds())
            if severity is not None:
                self.add("aid_unanswered", aid.id, aid.id, severity, facts)
            elif aid.state is AidState.RECEIVED and not aid.claimed_by:
                self.add("aid_received", aid.id, aid.id, by_priority(aid.priority), facts)

    def asked(self) -> None:
        """At the borrower: a neighbour that was asked and has not answered."""
        for aid in self.draft.all_asked():
            since = _unanswered_since(aid)
            severity = None if since is None else grade(self.patience, (self.now - since).total_seconds())
            if severity is not None:
                facts: Facts = {"lender": aid.lender, "incident": aid.incident}
                self.add("aid_waiting", aid.id, aid.incident, severity, facts)

    # --- blood ------------------------------------------------------------------------------------

    def blood(self) -> None:
        for code, order, severity in blood_alarms(self.draft):
            facts: Facts = {"order": order.id, "bank": order.bank, "hospital": order.hospital}
            self.add(code, order.id, order.id, severity, facts)


def _unanswered_since(aid: Aid) -> datetime | None:
    """Accepted without a unit named is half an answer: the patience begins again."""
    if aid.state in (AidState.REQUESTED, AidState.RECEIVED):
        return aid.asked_at
    if aid.state is AidState.ACCEPTED and aid.kind is AidKind.UNITS:
        return aid.changed_at
    return None
