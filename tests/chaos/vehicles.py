"""A vehicle: the shipped terminal over a memory that outlives it, and a crew that takes its time."""

from pathlib import Path

from dispatch.centre import protocol, vehicle
from dispatch.centre.messages import HeardStates, Report, Tell, UnitSaid
from dispatch.centre.vehicle import States, Task, TaskState, Vehicle
from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitId, UnitState
from tests.chaos.life import Life, centre_of
from tests.chaos.places import HOSPITAL

_WAY = (UnitState.EN_ROUTE, UnitState.ON_SCENE, UnitState.TRANSPORTING, UnitState.AT_HOSPITAL)


class Terminal(Vehicle):
    """The shipped terminal; its file is what `kept` holds."""

    def __init__(self, unit: UnitId, task: Task | None = None, states: States | None = None) -> None:
        super().__init__(Path("/nowhere"), unit, task, states)

    def _write(self, task: Task | None, states: States) -> None:
        self.task, self.states = task, states


class VehicleNode:
    """One vehicle."""

    def __init__(self, life: Life, unit: UnitId, city: CityCode) -> None:
        self.life, self.unit, self.city = life, unit, city
        self.terminal = Terminal(unit)
        self.kept: tuple[Task | None, States] = (None, States())
        self.up = True
        self.way = 0
        """How many of the states of its present task the crew has said."""
        self._said, self._due_ms, self._states_due_ms = 0, 0, 0
        life.net.nodes[unit] = self.hear

    def die(self) -> None:
        self.up = False
        self.life.crashes += 1
        self.life.net.later(self.life.chance.randint(10, 8_000), self.restart)

    def restart(self) -> None:
        self.up = True
        self.terminal = Terminal(self.unit, *self.kept)
        self.way = len(_WAY) if self.terminal.task is None else self.way
        self.life.truth.vehicle(self.unit, self.terminal.task)

    # --- hearing ----------------------------------------------------------------------------------

    def hear(self, said: object) -> None:
        if not self.up:
            return
        if self.life.unlucky():
            self.die()
            return
        if isinstance(said, HeardStates):
            self.terminal.heard_states(said.number)
            self._keep()
            return
        assert isinstance(said, Tell)
        report = self._take(said)
        if self.life.unlucky():
            self.die()
            return
        self._report(report)

    def _take(self, tell: Tell) -> Report | None:
        before = self.terminal.task
        report = self.terminal.hear(tell)
        self._changed(before)
        if tell.job is not None and tell.job.hospital and self.terminal.task is not None:
            return self._confirm_hospital() or report
        return report

    def _confirm_hospital(self) -> Report | None:
        task = self.terminal.task
        if task is None or not task.state.open or not task.hospital or task.knows == task.hospital:
            return None
        report = self.terminal.taking_to()
        self._keep()
        return report

    def _changed(self, before: Task | None) -> None:
        task = self.terminal.task
        if task == before:
            return
        if task is not None and (before is None or before.request != task.request):
            self.way = 0
        self._keep()
        self._said = self._due_ms = 0
        if task is not None and task.state.open:
            self.life.lent.begins(task.request, self.unit)
        self.life.truth.vehicle(self.unit, task)

    def _keep(self) -> None:
        if self.life.rules.vehicle_writes:
            self.kept = (self.terminal.task, self.terminal.states)

    # --- the crew ---------------------------------------------------------------------------------

    def tick(self) -> None:
        self.life.net.maybe_cut(self.unit)
        if not self.up:
            return
        task = self.terminal.task
        if task is not None and task.state is TaskState.TOLD:
            self._answer(task)
        elif task is not None and task.state is TaskState.ACKNOWLEDGED:
            self._go_on()
        elif self.life.now_and_then(0.005 if self.life.quick else 0.02) and not self.life.net.healing:
            self._off_task()
        self._say_again()

    def _answer(self, task: Task) -> None:
        if not self.life.now_and_then(0.6):
            return
        refuses = self.life.now_and_then(0.1)
        self.terminal.finish("crew_refused") if refuses else self.terminal.acknowledge()
        self._changed(task)
        if not self.life.unlucky():
            self._report(self.terminal.unheard())

    def _go_on(self) -> None:
        """The next state of the task, or its end; a crew may leave states out."""
        task, chance = self.terminal.task, self.life.chance
        if not self.life.quick and self.way < len(_WAY) and chance.random() < 0.25:
            state = _WAY[self.way]
            self.way += 1
            self._state(state, HOSPITAL if state is UnitState.TRANSPORTING else None)
        elif not self.life.quick and chance.random() < 0.02:
            self._state(UnitState.OUT_OF_SERVICE, None, "flat tyre")
        elif chance.random() < (0.35 if self.life.quick else 0.12):
            self.terminal.finish("completed" if self.way >= 3 else "nobody_to_carry")
            self._changed(task)

    def _off_task(self) -> None:
        """A vehicle without an order breaks down, or is itself again."""
        state = self.life.chance.choice(
            (UnitState.OUT_OF_SERVICE, UnitState.AVAILABLE_AT_STATION, UnitState.AVAILABLE_ON_ROAD)
        )
        reason = "flat tyre" if state is UnitState.OUT_OF_SERVICE else None
        self._state(state, None, reason)

    def _state(self, state: UnitState, hospital: str | None, reason: str | None = None) -> None:
        patients = 1 if state is UnitState.TRANSPORTING else 0
        said = self.terminal.say_state(
            state, self.life.net.now, destination=hospital, reason=reason, patients=patients
        )
        self._keep()
        if not self.life.unlucky():
            self._say_states(said)

    def _say_again(self) -> None:
        task, now = self.terminal.task, self.life.net.now
        if task is not None and task.state is TaskState.DONE and not task.heard and self._due_ms <= now:
            self._said += 1
            self._due_ms = now + protocol.again_after_ms(self._said)
            self._report(vehicle.report(task, self.unit))
        if self._states_due_ms <= now and self.terminal.unheard_states():
            self._states_due_ms = now + 2_000
            self._say_states(*self.terminal.unheard_states())

    def _report(self, report: Report | None) -> None:
        if report is not None:
            self.life.net.send(self.unit, centre_of(self.city), report)

    def _say_states(self, *states: UnitSaid) -> None:
        for one in states:
            self.life.net.send(self.unit, centre_of(self.city), one)

    @property
    def quiet(self) -> bool:
        """Nothing of its own waits to be heard."""
        task = self.terminal.task
        over = task is None or task.heard or task.state is TaskState.STOOD_DOWN
        return self.up and over and not self.terminal.unheard_states()
