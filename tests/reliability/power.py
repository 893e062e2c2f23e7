"""What must be true of each file after a power cut, and how often it was not."""

import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from dispatch.audit.log import AuditLog
from dispatch.audit.read import rows
from dispatch.audit.verify import verify
from dispatch.centre.vehicle import TaskState, Vehicle
from dispatch.clock import SystemClock
from dispatch.domain.orders import OrderState, RequestId, Token
from tests.reliability.recorded import AUDIT, CENTRE, CHANGSHA, NOW, UNITS, VEHICLE, open_centre
from tests.reliability.recording import cuts, record

_LATER = {state: number for number, state in enumerate(OrderState)}
_TASK = {state.value: number for number, state in enumerate(TaskState)}


def audit_fault(folder: Path, promised: Sequence[str]) -> str:
    """The log opens, is whole, and has every row that was acknowledged."""
    log = AuditLog.open(folder / AUDIT, clock=SystemClock(), city=CHANGSHA, console="c", drill=True)
    log.close_now()
    result = verify(folder / AUDIT)
    if not result.ok:
        return " ".join(result.lines("en"))
    kept = {str(row.seq): row.hash for row in rows(folder / AUDIT)}
    lost = [line for line in promised if kept.get(line.split()[0]) != line.split()[1]]
    return f"{len(lost)} acknowledged rows lost, the first {lost[0]}" if lost else ""


def centre_fault(folder: Path, promised: Sequence[str]) -> str:
    """The centre starts, its log is whole, no order is behind what was said of it, no token comes again."""
    store = open_centre(folder, NOW + 5000)
    try:
        said: dict[str, tuple[Token, OrderState]] = {}
        for line in promised:
            request, epoch, counter, state = line.split()
            said[request] = Token(int(epoch), int(counter)), OrderState(state)
        for request, (token, state) in said.items():
            order = store.order(RequestId(request))
            if order is None or order.token != token or _LATER[order.state] < _LATER[state]:
                return f"{request} was {state} under {token} and is {order and order.state}"
            if token >= store.last_token:
                return f"the token {token} may be given out again"
    finally:
        store.close()
    result = verify(folder / CENTRE)
    return "" if result.ok else " ".join(result.lines("en"))


def vehicle_fault(folder: Path, promised: Sequence[str]) -> str:
    """The vehicle's file is read, and is not behind what the vehicle said last."""
    one = Vehicle.open(folder / VEHICLE, UNITS[0])
    if not promised:
        return ""
    token, state, number = promised[-1].split()
    task = one.task
    if task is None or one.states.number < int(number):
        return f"forgotten: {promised[-1]}"
    now, then = (task.token.counter, _TASK[task.state]), (int(token), _TASK[state])
    return f"{then} was said, {now} is kept" if now < then else ""


FAULTS: dict[str, Callable[[Path, Sequence[str]], str]] = {
    "audit": audit_fault,
    "centre": centre_fault,
    "vehicle": vehicle_fault,
}


def power_cuts(
    what: str,
    folder: Path,
    count: int,
    seed: int,
    *,
    careless: bool = False,
    on_cut: Callable[[], None] = lambda: None,
) -> list[str]:
    """Record the program `what`, cut the power `count` times, and return what was lost each time it was."""
    home = folder / "home"
    home.mkdir(parents=True)
    command = [sys.executable, "-m", "tests.reliability.recorded", what, str(home)]
    operations = record([*command, "careless"] if careless else command, home, folder / "journal")
    found: list[str] = []
    for number, (disk, chance) in enumerate(cuts(operations, home, count, seed)):
        image = folder / f"image-{number}"
        disk.cut(image, random.Random(chance.random()))
        fault = _fault(what, image, list(disk.promised))
        if fault:
            found.append(f"cut {number}: {fault}")
        for file in image.iterdir():
            file.unlink()
        image.rmdir()
        on_cut()
    return found


def _fault(what: str, image: Path, promised: Sequence[str]) -> str:
    """Whatever goes wrong when the files are opened again is a fault as well."""
    try:
        return FAULTS[what](image, promised)
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"
