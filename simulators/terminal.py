"""The terminal of one ambulance: the vehicle library, and what it says until its centre has heard."""

from dispatch.centre import wire, wire_units
from dispatch.centre.messages import Act, Report, Tell, UnitSaid
from dispatch.centre.protocol import again_after_ms
from dispatch.centre.vehicle import Task, TaskState, Vehicle
from dispatch.domain.orders import RequestId
from dispatch.domain.units import StateSource, Unit, UnitState
from dispatch.feed import payloads, topics
from simulators.engine import Agenda, Entry
from simulators.messages import Say, own


class Terminal:
    """One vehicle's side of the wire. `pace`: drill seconds of one second between two repeats."""

    def __init__(self, unit: Unit, agenda: Agenda, say: Say, pace: float = 1.0) -> None:
        self.unit, self.vehicle = unit, Vehicle(None, unit.id, None)
        self._agenda, self._say, self.pace = agenda, say, pace
        self._times = 0
        self._again: Entry | None = None

    def forget(self) -> None:
        """Begin with an empty memory, at a centre that knows nothing of it either."""
        self.vehicle = Vehicle(None, self.unit.id, None)
        self._rest_when_heard()

    # --- what it hears ----------------------------------------------------------------------------

    def hear(self, data: payloads.UnitOrder) -> Tell | None:
        """Take a message of the centre and answer it; what is new to the crew, if anything is."""
        tell, before = wire.tell(data), self.vehicle.task
        self._report(self.vehicle.hear(tell))
        self._rest_when_heard()
        task = self.vehicle.task
        if task is None or tell.act is Act.HEARD or not _is_about(tell, task):
            return None
        if tell.act is Act.TAKE_TO:
            return tell if task.state.open and task.knows != task.hospital else None
        changed = before is None or before.token != task.token or before.state is not task.state
        return tell if changed else None

    def hear_number(self, number: int) -> None:
        """States up to this one need not be said again."""
        self.vehicle.heard_states(number)
        self._rest_when_heard()

    # --- what the crew does -----------------------------------------------------------------------

    @property
    def request(self) -> RequestId | None:
        """The order that is open now."""
        task = self.vehicle.task
        return task.request if task is not None and task.state.open else None

    def acknowledge(self) -> None:
        """The crew takes the order; nothing when it was called back in the meantime."""
        if self.request is not None:
            self._report(self.vehicle.acknowledge())

    def taking_to(self) -> None:
        """The crew has seen which hospital the desk named."""
        task = self.vehicle.task
        if self.request is not None and task is not None and task.hospital:
            self._report(self.vehicle.taking_to())

    def finish(self, ending: str) -> None:
        """The crew is through, or refuses; said again until it was heard."""
        if self.request is not None:
            self._report(self.vehicle.finish(ending))
            self._say_again_soon()

    def state(
        self,
        state: UnitState,
        source: StateSource,
        *,
        at_ms: int,
        destination: str | None = None,
        reason: str | None = None,
        patients: int = 0,
    ) -> None:
        """The vehicle's own word about its state; a crew that has an order to answer answers that first."""
        if self.request is not None and not state.on_task and state is not UnitState.OUT_OF_SERVICE:
            return
        self._state(
            self.vehicle.say_state(
                state, at_ms, source=source, destination=destination, reason=reason, patients=patients
            )
        )
        self._say_again_soon()

    # --- saying it again --------------------------------------------------------------------------

    def say_unheard(self) -> None:
        """Everything the centre has not heard, in the order in which it happened."""
        done = self.vehicle.task if self._owes_done else None
        for said in self.vehicle.unheard_states():
            if done is not None and said.request != done.request:
                self._report(self.vehicle.unheard())
                done = None
            self._state(said)
        if done is not None:
            self._report(self.vehicle.unheard())

    @property
    def _owes_done(self) -> bool:
        task = self.vehicle.task
        return task is not None and task.state is TaskState.DONE and not task.heard

    @property
    def _owes(self) -> bool:
        return bool(self.vehicle.unheard_states()) or self._owes_done

    def _say_again_soon(self) -> None:
        if self._again is not None:
            self._again.cancel()
        self._times = 1
        self._wait()

    def _wait(self) -> None:
        pause_ms = again_after_ms(self._times) * self.pace
        self._again = self._agenda.at(self._agenda.now_ms + pause_ms, self._repeat)

    def _repeat(self) -> None:
        self._again = None
        if self._owes:
            self.say_unheard()
            self._times += 1
            self._wait()

    def _rest_when_heard(self) -> None:
        if self._again is not None and not self._owes:
            self._again.cancel()
            self._again = None

    def _state(self, said: UnitSaid) -> None:
        topic = topics.unit_state(self.unit.city, self.unit.id)
        self._out("unit.state", topic, wire_units.unit_said_payload(said))

    def _report(self, report: Report | None) -> None:
        if report is not None:
            topic = topics.unit_report(self.unit.city, self.unit.id)
            self._out("unit.report", topic, wire.report_payload(report))

    def _out(self, kind: str, topic: str, data: payloads.Payload) -> None:
        self._say(own(self.unit.city, topic, kind, data, self._agenda.now_ms))


def _is_about(tell: Tell, task: Task) -> bool:
    return (tell.request, tell.token) == (task.request, task.token)
