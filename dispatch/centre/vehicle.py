"""The vehicle's side of an order: a small memory on disk, and what to answer. See docs/vehicle.md.

    vehicle = Vehicle.open(folder / "CS-012.json", UnitId("CS-012"))
    report = vehicle.hear(tell)        # send it when it is not None
    report = vehicle.acknowledge()     # the crew pressed the button
    report = vehicle.finish("completed")
    report = vehicle.unheard()         # every few seconds: what the centre has not heard yet

Each call writes its file, and syncs it, before it returns what may be said.
"""

import os
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from pydantic import TypeAdapter

from dispatch.centre.messages import Act, Report, Said, Tell
from dispatch.domain.errors import DispatchError, IllegalTransition
from dispatch.domain.orders import ENDINGS, Job, RequestId, Token
from dispatch.domain.units import UnitId
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
    if tell.act is Act.HEARD and task.state is TaskState.DONE:
        return replace(task, heard=True)
    return task


def reply(task: Task | None, tell: Tell, unit: UnitId) -> Report | None:
    """What to say to a message that was just taken; nothing to an older order, nothing for the crew."""
    if task is None or tell.token != task.token or tell.request != task.request or tell.act is Act.HEARD:
        return None
    return report(task, unit)


def report(task: Task, unit: UnitId) -> Report | None:
    """Where the task stands, as the centre is told it; None while the crew has not answered."""
    if task.state is TaskState.TOLD:
        return None
    return Report(unit, task.request, task.token, Said(task.state.value), task.ending)


def acknowledged(task: Task | None) -> Task:
    """After the crew said yes; repeating it is allowed. IllegalTransition without an open order."""
    if task is None or not task.state.open:
        raise IllegalTransition(_name(task), TaskState.ACKNOWLEDGED.name, (TaskState.TOLD.name,))
    return replace(task, state=TaskState.ACKNOWLEDGED)


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


def _name(task: Task | None) -> str:
    return "FREE" if task is None else task.state.name


class Vehicle:
    """One vehicle with its memory in one small file."""

    def __init__(self, file: Path, unit: UnitId, task: Task | None) -> None:
        self.unit, self.task = unit, task
        self._file = file

    @classmethod
    def open(cls, file: Path, unit: UnitId) -> "Vehicle":
        """Remember what the file holds; DispatchError when it is damaged or another vehicle's."""
        try:
            text = file.read_text("utf-8")
        except FileNotFoundError:
            return cls(file, unit, None)
        try:
            owner, task = _FILE.validate_json(text)
        except ValueError as error:
            raise DispatchError(
                _("{file} is damaged: keep it, and start this vehicle with an empty file", file=file)
            ) from error
        if owner != unit:
            raise DispatchError(_("{file} belongs to {unit}", file=file, unit=owner))
        return cls(file, unit, task)

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

    def _keep(self, task: Task | None) -> None:
        """Onto the disk first, then into memory."""
        if task is None or task == self.task:
            return
        _write(self._file, _FILE.dump_json((self.unit, task)))
        self.task = task


_FILE = TypeAdapter(tuple[UnitId, Task])


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
