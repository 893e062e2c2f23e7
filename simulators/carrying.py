"""From the centres of the time before a drill to the real ones: everything that is under way is said anew.

Each open call is opened again under its number, each crew at work is ordered again by the simulated
dispatcher of its city (agreed again with the lender where it is another's), acknowledges at once and says
the states it has passed with their own times. Nothing is written behind a centre's back.
"""

from typing import TYPE_CHECKING

from dispatch.domain.orders import OrderState
from simulators.decisions import Decision
from simulators.missions import Mission
from simulators.scenes import Scene

if TYPE_CHECKING:
    from simulators.world import World

RECORD_S = 0.5
"""Until a call that was opened is looked for again."""
AGAIN_S = 5.0
"""Until a crew that is at work is ordered once more, when that failed."""


class CarryingOver:
    """Does it once, at the beginning of a drill with real centres."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def begin(self) -> None:
        """Forget what the centres of before knew, and say it to the real ones."""
        world = self._world
        for part in (
            world.commands, world.decisions, world.borrowing, world.lending, world.sights, world.colleagues,
            world.blood_staff,
        ):  # fmt: skip
            part.forget()
        for mission in world.crews.running.values():
            mission.request = None
        world.colleagues.unordered = dict(world.crews.running)
        world.decisions.on_change.append(self._went_on)
        world.borrowing.on_news.append(self._not_lent)
        for ambulance in world.fleet:
            ambulance.terminal.forget()
        for scene in tuple(world.scenes.open_now.values()):
            self._open(scene)
        for ambulance in world.fleet:
            if ambulance.unit.id not in world.crews.running:
                world.fleet.say_off_task(ambulance)

    def _open(self, scene: Scene) -> None:
        """Under its number; patients that were taken away long ago are no longer counted."""
        scene.record, scene.touched_ms = None, self._world.agenda.now_ms
        aboard = sum(mission.aboard for mission in self._of(scene))
        patients = max(1, scene.patients_left + aboard)
        self._world.callers.open(scene, patients, lambda: self._order_all(scene))

    def _of(self, scene: Scene) -> list[Mission]:
        unordered = self._world.colleagues.unordered.values()
        return [mission for mission in unordered if mission.scene is scene and mission.unordered]

    def _order_all(self, scene: Scene) -> None:
        for mission in self._of(scene):
            self._order(mission)

    def _order(self, mission: Mission) -> None:
        """Ask for the unit that is there; once its task is over nothing is left to ask."""
        unit, scene = mission.ambulance.unit, mission.scene
        if not mission.unordered or scene.outcome is not None or self._world.decisions.wanted(unit.id):
            return
        if unit.city == scene.centre:
            self._world.decisions.ask(scene, unit)
        elif scene.record is None:
            self._later(mission, RECORD_S)
        elif not self._world.borrowing.wanted(unit.id):
            self._world.borrowing.ask(scene, unit, at_once=True)

    def _went_on(self, decision: Decision) -> None:
        mission = self._world.colleagues.unordered.get(decision.unit)
        failed = decision.asked.state in (OrderState.DENIED, OrderState.EXPIRED, OrderState.DONE)
        if failed and mission is not None and mission.scene is decision.scene:
            self._later(mission, AGAIN_S)

    def _not_lent(self, scene: Scene) -> None:
        for mission in self._of(scene):
            if mission.cross_city:
                self._later(mission, AGAIN_S)

    def _later(self, mission: Mission, seconds: float) -> None:
        self._world.agenda.after(seconds * self._world.pace, lambda: self._order(mission))
