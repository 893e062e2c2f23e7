"""All vehicles of one city with their crews, each with its file; `positions_child` says where they are."""

import asyncio

from dispatch.centre.vehicle import Task, TaskState, Vehicle
from dispatch.domain.units import UnitState
from tests.chaos.cities.child import arguments, run_child
from tests.chaos.cities.crews_child import LOOK_S, Crews, Errand

HAND_S = (0.03, 0.15)
"""How long a crew takes to press the button."""


class ManyCrews(Crews):
    """Crews that never refuse, find nobody to carry, and are free again after some seconds."""

    refuses = 0.0

    def _new_errand(self, task: Task, now: float) -> Errand:
        due = now + self.chance.uniform(*HAND_S)
        return Errand(task.request, due, [UnitState.EN_ROUTE, UnitState.ON_SCENE], "nobody_to_carry")

    async def _work(self) -> None:
        """As the others, but looking only at vehicles that have something to do."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_S)
            for vehicle in [one for one in self.vehicles.values() if _busy(one)]:
                self._go_on(vehicle, loop.time())
                self._say_again(vehicle, loop.time())

    async def _positions(self) -> None:
        """Said by a program of its own, so that a thousand fixes a second hold no crew up."""
        await asyncio.Event().wait()


def _busy(vehicle: Vehicle) -> bool:
    task = vehicle.task
    unheard = task is not None and (task.state.open or (task.state is TaskState.DONE and not task.heard))
    return unheard or bool(vehicle.unheard_states())


if __name__ == "__main__":
    given = arguments()
    given.folder.mkdir(parents=True, exist_ok=True)
    run_child(ManyCrews(given).run())
