"""Incidents under any order of events: their units are those that say so, and their states follow."""

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dispatch.centre.messages import Said
from dispatch.domain.incidents import Act, Ending, Incident, IncidentState
from dispatch.domain.orders import OrderState
from dispatch.domain.units import LEGAL_NEXT, UnitState
from tests.unit.centre.centre_world import START_MS, City

NUMBERS = ("CS-1124-1001", "CS-1124-1002")
a_number = st.sampled_from(NUMBERS)
own = st.sampled_from(("CS-001", "CS-002", "CS-003"))
foreign = st.sampled_from(("ZZ-001", "ZZ-002"))
an_ending = st.sampled_from(("completed", "aborted", "nobody_to_carry", "crew_refused"))
a_state = st.sampled_from(UnitState)


class Incidents(RuleBasedStateMachine):
    """Two incidents, three own units, two borrowed ones; orders may come before the opening."""

    def __init__(self) -> None:
        super().__init__()
        self.city = City(units=3)
        self.lines: dict[str, int] = {}

    @rule(number=a_number, patients=st.integers(1, 3))
    def open(self, number: str, patients: int) -> None:
        self.city.open(number, patients=patients)

    @rule(
        number=a_number, act=st.sampled_from(Act), ending=st.sampled_from(Ending), until=st.integers(0, 200)
    )
    def change(self, number: str, act: Act, ending: Ending, until: int) -> None:
        what = {"text": "x", "reason": "y", "count": 1, "patients": 2, "ending": ending}
        until_ms = START_MS + until * 1000 if act is Act.HOLD else None
        self.city.change(number, act, until_ms=until_ms, **what)

    @rule(number=a_number, unit=own)
    def send(self, number: str, unit: str) -> None:
        request = self.city.request(unit, number)
        if self.city.order(request).state is OrderState.RESERVED:
            self.city.commit(request)

    @rule(unit=own, deed=st.sampled_from(("acknowledge", "done", "cancel", "stood_down")), ending=an_ending)
    def crew(self, unit: str, deed: str, ending: str) -> None:
        request = self.city.centre.book.holders.get(unit)  # type: ignore[call-overload]
        if request is None:
            return
        match deed:
            case "acknowledge":
                self.city.acknowledge(request)
            case "done":
                self.city.done(request, ending)
            case "cancel":
                self.city.cancel(request)
            case "stood_down":
                self.city.report(request, Said.STOOD_DOWN)

    @rule(unit=own, further=st.integers(0, 3), patients=st.integers(0, 3))
    def vehicle(self, unit: str, further: int, patients: int) -> None:
        """A legal next state on the task."""
        duty = self.city.state.duties[unit]  # type: ignore[index]
        request = self.city.centre.book.holders.get(unit)  # type: ignore[call-overload]
        legal = sorted(LEGAL_NEXT[duty.status.state])
        state = legal[further % len(legal)]
        if request is not None and duty.status.task == request:
            self.city.says(request, state, patients, reason="engine")

    @rule(unit=foreign, number=a_number, state=a_state, reason=st.none() | an_ending)
    def neighbour(self, unit: str, number: str, state: UnitState, reason: str | None) -> None:
        self.city.foreign_unit(unit, state, number, reason=None if state.on_task else reason)

    @rule(unit=own, state=a_state)
    def desk(self, unit: str, state: UnitState) -> None:
        self.city.set_state(unit, state, reason="engine", hospital="CS-H-1")

    @rule(seconds=st.sampled_from((1, 40, 200)))
    def time(self, seconds: int) -> None:
        self.city.wait(seconds)

    @invariant()
    def the_units_of_an_incident_are_those_that_say_so(self) -> None:
        for incident in self.city.state.incidents.values():
            assert set(incident.units) == set(self.on(incident))
            assert len(set(incident.units)) == len(incident.units)

    @invariant()
    def its_state_is_that_of_its_units(self) -> None:
        for incident in self.city.state.incidents.values():
            states = set(self.on(incident).values())
            if not states:
                assert incident.state in (IncidentState.WAITING, IncidentState.HELD, IncidentState.CLOSED)
            elif UnitState.ON_SCENE in states:
                assert incident.state is IncidentState.ON_SCENE
            elif min(states) <= UnitState.EN_ROUTE:
                assert incident.state is IncidentState.DISPATCHED
            else:
                assert incident.state is IncidentState.TRANSPORTING

    @invariant()
    def its_fields_fit_its_state(self) -> None:
        for incident in self.city.state.incidents.values():
            assert (incident.waiting_since is not None) == (incident.state is IncidentState.WAITING)
            assert (incident.ending is not None) == (incident.state is IncidentState.CLOSED)
            assert incident.carried >= 0
            if incident.units:
                assert incident.held_until is None

    @invariant()
    def its_timeline_only_grows(self) -> None:
        for number, entries in self.city.centre._over.timelines.items():
            assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
            assert len(entries) >= self.lines.get(number, 0)
            self.lines[number] = len(entries)

    def on(self, incident: Incident) -> dict[str, UnitState]:
        """Units of whatever city whose status says that they are on it."""
        state = self.city.state
        statuses = {unit: duty.status for unit, duty in state.duties.items()} | state.foreign
        return {
            unit: status.state
            for unit, status in statuses.items()
            if status.incident == incident.id and status.state.on_task
        }


TestIncidents = Incidents.TestCase
TestIncidents.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
