"""The vehicle's side of an order: a small memory on disk, and what to answer. See docs/vehicle.md.

    vehicle = Vehicle.open(folder / "CS-012.json", UnitId("CS-012"))
    report = vehicle.hear(tell)        # send it when it is not None
    report = vehicle.acknowledge()     # the crew pressed the button
    report = vehicle.finish("completed")
    report = vehicle.unheard()         # every few seconds: what the centre has not heard yet
    said = vehicle.say_state(UnitState.EN_ROUTE, now_ms)  # and again, as unheard_states() says

Each call writes its file, and syncs it, before it returns what may be said.
"""

import os
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter

from dispatch.centre.messages import Act, Report, Said, Tell, UnitSaid
from dispatch.domain.errors import DispatchError, IllegalTransition
from dispatch.domain.orders import ENDINGS, Job, RequestId, Token
from dispatch.domain.units import StateSource, UnitId, UnitState, change_state
from dispatch.language import _


class TaskState(StrEnum):
    """What the vehicle made of the order it holds."""

    TOLD = "told"  # shown to the crew, who did not answer yet
    ACKNOWLEDGED = "acknowledged"
    DONE = "done"
    STOOD_DOWN = "stood_down"

    @property
    def open(self) -> bool:
        return self in (TaskState.TOLD, TaskState.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class Task:
    """All a vehicle keeps: the order with the highest token it ever heard."""

    request: RequestId
    token: Token
    state: TaskState
    job: Job | None = None
    ending: str = ""
    heard: bool = False
    """Whether the centre heard that it is done."""
    knows: str = ""
    """The hospital that the crew confirmed."""

    @property
    def hospital(self) -> str:
        """Where its patients go, as the desk named it; empty: not named."""
        return "" if self.job is None or self.job.hospital is None else self.job.hospital


@dataclass(frozen=True, slots=True)
class States:
    """The vehicle's own word about its state: the last number it gave, and what the centre has not heard."""

    number: int = 0
    unheard: tuple[UnitSaid, ...] = ()


def hear(task: Task | None, tell: Tell) -> Task | None:
    """What the vehicle knows next: a higher token is taken, an equal one repeats, a lower one is nothing."""
    if task is None or tell.token > task.token:
        if tell.act is Act.GO:
            return Task(tell.request, tell.token, TaskState.TOLD, tell.job)
        if tell.act is Act.STAND_DOWN:  # it overtook its order, which must come too late
            return Task(tell.request, tell.token, TaskState.STOOD_DOWN)
        return task
    if tell.token < task.token or tell.request != task.request:
        return task
    if tell.act is Act.STAND_DOWN and task.state.open:
        return replace(task, state=TaskState.STOOD_DOWN)
    if tell.act is Act.TAKE_TO and task.state.open and tell.job is not None:
        return replace(task, job=tell.job)
    if tell.act is Act.HEARD and task.state is TaskState.DONE:
        return replace(task, heard=True)
    return task


def reply(task: Task | None, tell: Tell, unit: UnitId) -> Report | None:
    """What to say to a message that was just taken; nothing to an older order, nothing for the crew."""
    if task is None or tell.token != task.token or tell.request != task.request or tell.act is Act.HEARD:
        return None
    if tell.act is Act.TAKE_TO and task.state.open:
        return taking_to(task, unit)
    return report(task, unit)


def taking_to(task: Task, unit: UnitId) -> Report | None:
    """That the crew knows its hospital; None while it has not confirmed the one that was named last."""
    if not task.knows or task.knows != task.hospital:
        return None
    return Report(unit, task.request, task.token, Said.TAKING_TO, hospital=task.knows)


def report(task: Task, unit: UnitId) -> Report | None:
    """Where the task stands, as the centre is told it; None while the crew has not answered."""
    if task.state is TaskState.TOLD:
        return None
    return Report(unit, task.request, task.token, Said(task.state.value), task.ending)


def acknowledged(task: Task | None) -> Task:
    """After the crew said yes; repeating it is allowed. IllegalTransition without an open order."""
    if task is None or not task.state.open:
        raise IllegalTransition(_name(task), TaskState.ACKNOWLEDGED.name, (TaskState.TOLD.name,))
    return replace(task, state=TaskState.ACKNOWLEDGED, knows=task.hospital)  # it was shown with the order


def finished(task: Task | None, ending: str) -> Task:
    """After the crew said it is through, or will not go. IllegalTransition without an open order."""
    if ending not in ENDINGS:
        raise DispatchError(_("{ending} is no ending: {known}", ending=ending, known=", ".join(ENDINGS)))
    if task is not None and task.state is TaskState.DONE:
        return task
    if task is None or not task.state.open:
        raise IllegalTransition(
            _name(task), TaskState.DONE.name, (TaskState.TOLD.name, TaskState.ACKNOWLEDGED.name)
        )
    return replace(task, state=TaskState.DONE, ending=ending)


def check_state(task: Task | None, state: UnitState, *, destination: str | None, reason: str | None) -> None:
    """What a crew may say of itself. IllegalTransition without the order that the state needs, or before its
    end; MissingField where the state demands a reason or a hospital."""
    at_work = task is not None and task.state is TaskState.ACKNOWLEDGED
    if state.on_task and (state <= UnitState.ACKNOWLEDGED or not at_work):
        raise IllegalTransition(_name(task), state.name, (TaskState.ACKNOWLEDGED.name,))
    open_task = task is not None and task.state.open
    if open_task and not state.on_task and state is not UnitState.OUT_OF_SERVICE:
        raise IllegalTransition(_name(task), state.name, (TaskState.DONE.name,))
    change_state(state, state, reason=reason, destination=destination)


def _name(task: Task | None) -> str:
    return "FREE" if task is None else task.state.name


class Vehicle:
    """One vehicle with its memory in one small file; without a file it is forgotten with the program."""

    def __init__(
        self, file: Path | None, unit: UnitId, task: Task | None, states: States | None = None
    ) -> None:
        self.unit, self.task = unit, task
        self.states = states or States()
        self._file = file

    @classmethod
    def open(cls, file: Path, unit: UnitId) -> "Vehicle":
        """Remember what the file holds; DispatchError when it is damaged or another vehicle's."""
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            return cls(file, unit, None)
        try:
            owner, task, *rest = _FILE.validate_json(_checked(content))
        except ValueError as error:
            raise DispatchError(
                _("{file} is damaged: keep it, and start this vehicle with an empty file", file=file)
            ) from error
        if owner != unit:
            raise DispatchError(_("{file} belongs to {unit}", file=file, unit=owner))
        return cls(file, unit, task, *rest)

    # --- its order --------------------------------------------------------------------------------

    def hear(self, tell: Tell) -> Report | None:
        """Take a message of the centre; the report to send back, if any."""
        if tell.unit != self.unit:
            return None
        self._keep(hear(self.task, tell))
        return reply(self.task, tell, self.unit)

    def acknowledge(self) -> Report | None:
        """The crew takes the order."""
        self._keep(acknowledged(self.task))
        return self.unheard()

    def finish(self, ending: str) -> Report | None:
        """The crew is through; the report is to be repeated until `unheard` is None."""
        self._keep(finished(self.task, ending))
        return self.unheard()

    def unheard(self) -> Report | None:
        """What is worth saying again: an acknowledgement, or an end that the centre has not heard."""
        if self.task is None or self.task.heard or self.task.state is TaskState.STOOD_DOWN:
            return None
        return report(self.task, self.unit)

    def taking_to(self) -> Report | None:
        """The crew has seen which hospital the desk named. IllegalTransition when none was named."""
        task = self.task
        if task is None or not task.state.open or not task.hospital:
            raise IllegalTransition(_name(task), Said.TAKING_TO.name, (TaskState.ACKNOWLEDGED.name,))
        self._keep(replace(task, knows=task.hospital))
        return None if self.task is None else taking_to(self.task, self.unit)

    # --- its state --------------------------------------------------------------------------------

    def say_state(
        self,
        state: UnitState,
        at_ms: int,
        *,
        source: StateSource = StateSource.TERMINAL,
        destination: str | None = None,
        reason: str | None = None,
        patients: int = 0,
    ) -> UnitSaid:
        """The crew, or a geofence, says where the vehicle is with its task; errors as `check_state`.

        Without a destination the hospital that the desk named counts. What is said before the crew has
        acknowledged its order is not said of that order.
        """
        task = self.task
        if state is UnitState.TRANSPORTING and destination is None and task is not None:
            destination = task.hospital or None
        check_state(task, state, destination=destination, reason=reason)
        at_work = task is not None and task.state is TaskState.ACKNOWLEDGED
        request = task.request if task is not None and at_work else None
        number = self.states.number + 1
        said = UnitSaid(self.unit, number, state, at_ms, source, request, destination, reason, patients)
        self._write(self.task, States(number, (*self.states.unheard, said)))
        return said

    def heard_states(self, number: int) -> None:
        """The centre heard everything up to `number`. One that this vehicle never gave: its file was lost,
        and what it says is numbered anew after it."""
        states = self.states
        if number > states.number:
            unheard = tuple(replace(one, number=number + n) for n, one in enumerate(states.unheard, 1))
            fresh = States(number + len(unheard), unheard)
        else:
            fresh = States(states.number, tuple(one for one in states.unheard if one.number > number))
        if fresh != states:
            self._write(self.task, fresh)

    def unheard_states(self) -> tuple[UnitSaid, ...]:
        """What to say again, oldest first, at each start and on the timer."""
        return self.states.unheard

    def _keep(self, task: Task | None) -> None:
        if task is not None and task != self.task:
            self._write(task, self.states)

    def _write(self, task: Task | None, states: States) -> None:
        """Onto the disk first, then into memory."""
        if self._file is not None:
            _write(self._file, _sealed(_FILE.dump_json((self.unit, task, states))))
        self.task, self.states = task, states


_FILE: TypeAdapter[tuple[UnitId, Task | None] | tuple[UnitId, Task | None, States]] = TypeAdapter(
    tuple[UnitId, Task] | tuple[UnitId, Task | None, States]
)
"""The first form is that of vehicles that knew no states yet."""


def _sealed(content: bytes) -> bytes:
    """With its SHA-256 on a second line: one flipped bit could make it another order."""
    return content + b"\n" + sha256(content).hexdigest().encode()


def _checked(whole: bytes) -> bytes:
    """What was sealed; ValueError when it is not what it was. Older files have one line, and no seal."""
    content, line, _seal = whole.partition(b"\n")
    if line and _sealed(content) != whole:
        raise ValueError
    return content


def _write(file: Path, content: bytes) -> None:
    """Replace the file as one: after a crash the old text or the new one is there, on the disk."""
    fresh = file.with_name(file.name + ".new")
    with fresh.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
