"""The simulated dispatchers, one for each city: they serve what no person serves, through its centre."""

from collections.abc import Callable
from enum import StrEnum

from dispatch.decide.unit_models import UnitCandidate
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import CREW_REFUSED, OrderState, RequestId
from dispatch.domain.units import UnitId, UnitState
from dispatch.feed import payloads
from simulators import words
from simulators.assumptions import DeskAssumptions
from simulators.borrowing import Borrowing
from simulators.commands import Commands
from simulators.decisions import Decision, Decisions
from simulators.engine import Agenda, Entry, Streams
from simulators.fleet import Ambulances
from simulators.keys import Keys
from simulators.missions import PATIENTS_CARRIED, Mission
from simulators.scenes import Scene, Scenes
from simulators.sights import Sights
from simulators.words import Words

SOON_S = 3.0
"""Until a dispatcher turns to something that has just gone another way than it should."""
SILENT_S = 30.0
"""A centre that has not answered for so long may have no unit for us."""
BARRED_S = 60.0
"""A unit that was refused is not asked for again before."""


class Policy(StrEnum):
    """Whom a simulated dispatcher sends: only its own units, or rank 1 of the guarded rule."""

    OWN = "own"
    GUARDED = "guarded"


class Colleagues:
    """Serves every city. In the city `staffed` by a person it waits `colleague_after_s` first."""

    def __init__(
        self,
        assumed: DeskAssumptions,
        agenda: Agenda,
        streams: Streams,
        keys: Keys,
        fleet: Ambulances,
        scenes: Scenes,
        sights: Sights,
        commands: Commands,
        decisions: Decisions,
        borrowing: Borrowing,
        say_words: Words,
        policy: Policy,
        pace: float = 1.0,
    ) -> None:
        self.staffed: CityCode | None = None
        self.colleague_after_s = 150.0
        self.none_free = 0
        self.unordered: dict[UnitId, Mission] = {}
        """Tasks that were begun before this drill; those still without an order are being ordered."""
        self._assumed, self._agenda, self._streams, self._keys = assumed, agenda, streams, keys
        self._fleet, self._scenes, self._sights = fleet, scenes, sights
        self._commands, self._decisions, self._borrowing = commands, decisions, borrowing
        self._words, self._policy, self.pace = say_words, policy, pace
        self._looks: dict[str, Entry] = {}
        self._seen: set[str] = set()
        self._closing: set[str] = set()
        self._barred: dict[tuple[str, UnitId], int] = {}
        scenes.on_news.append(self._news)
        decisions.on_change.append(self._went_on)
        borrowing.on_news.append(self.look_soon)

    # --- when it looks ----------------------------------------------------------------------------

    def _news(self, scene: Scene) -> None:
        """A centre wrote something new about a scene."""
        if scene.outcome is not None:
            self._over(scene)
        elif scene.id not in self._seen:
            self._seen.add(scene.id)
            rng = self._streams.of("desk", *self._scenes.stream_of(scene))
            self._look_after(scene, self._assumed.delay_s.draw(rng))
        elif self._all_carried(scene):
            self.look_soon(scene)

    def look_soon(self, scene: Scene) -> None:
        """Something about a scene wants to be seen at once."""
        if scene.id in self._seen and scene.outcome is None:
            self._look_after(scene, SOON_S)

    def touch(self, scene: Scene) -> None:
        """A person did something about it: it is his for a while."""
        scene.touched_ms = self._agenda.now_ms

    def forget(self) -> None:
        """The centres are others from now on; whatever is open is looked at again."""
        self._closing.clear()
        self._barred.clear()

    def human_has_s(self, scene: Scene) -> float:
        """Seconds that a person still has to act on a scene by right."""
        if not scene.from_console and scene.centre != self.staffed:
            return 0.0
        due_ms = scene.touched_ms + self.colleague_after_s * 1000
        return (due_ms - self._agenda.now_ms) / 1000

    def _look_after(self, scene: Scene, seconds: float) -> None:
        waiting = self._looks.pop(scene.id, None)
        if waiting is not None:
            waiting.cancel()
        self._looks[scene.id] = self._agenda.after(seconds, lambda: self._attend(scene))

    # --- what it does -----------------------------------------------------------------------------

    def _attend(self, scene: Scene) -> None:
        """Do what is wanting, unless a person may still do it; look again later."""
        self._looks.pop(scene.id, None)
        if scene.outcome is not None:
            return
        wait_s = self.human_has_s(scene)
        if wait_s <= 0 and scene.record is not None and scene.record.state != "held":
            if scene.called_off:
                self._call_off(scene)
            else:
                self._call_back_unneeded(scene)
                self._send_wanting(scene)
        self._look_after(scene, wait_s if wait_s > 0 else self._assumed.retry_s)

    def _send_wanting(self, scene: Scene) -> None:
        for _each in range(self._wanting(scene)):
            candidate = self._choose(scene)
            if candidate is None:
                self._none_free(scene)
                return
            unit = self._fleet.by_id[candidate.unit].unit
            if unit.city == scene.centre:
                self._decisions.ask(scene, unit)
            else:
                self._borrowing.ask(scene, unit)

    def _wanting(self, scene: Scene) -> int:
        record = scene.record
        if record is None or any(one.scene is scene and one.unordered for one in self.unordered.values()):
            return 0
        each = PATIENTS_CARRIED[record.priority]
        left = max(0, record.patients - record.carried)
        return max(0, -(-left // each) - self._coming(scene, record))

    def _coming(self, scene: Scene, record: payloads.IncidentRecord) -> int:
        """Units that are sent and have not left the scene, and those that are asked for."""
        asked = [one for one in self._decisions.of(scene) if self._may_come(one)]
        units = {UnitId(unit) for unit in record.units} | {one.unit for one in asked}
        left = {unit for unit in units if self._has_left(unit, scene)}
        return len(units - left) + self._borrowing.coming(scene)

    def _may_come(self, decision: Decision) -> bool:
        waited_ms = self._agenda.now_ms - decision.asked.asked_ms
        silent = decision.asked.state is OrderState.FREE and waited_ms > SILENT_S * 1000 * self.pace
        return decision.coming and not silent

    def _has_left(self, unit: UnitId, scene: Scene) -> bool:
        said = self._sights.heard.get(unit)
        return said is not None and said.incident == scene.number and said.state > UnitState.ON_SCENE

    def _all_carried(self, scene: Scene) -> bool:
        return scene.record is not None and scene.record.carried >= scene.record.patients

    def _choose(self, scene: Scene) -> UnitCandidate | None:
        """Rank 1 of the house's rule, or the best of the own city, that nobody has asked for yet."""
        record = scene.record
        if record is None:
            return None
        ranking = self._sights.rank(
            scene.centre, scene.point, record.priority, record.patients, scene.needs, scene.number
        )
        return next((one for one in ranking.candidates if self._may_ask(scene, one)), None)

    def _may_ask(self, scene: Scene, candidate: UnitCandidate) -> bool:
        begun = self.unordered.get(candidate.unit)
        if begun is not None and begun.unordered:
            return False
        if self._decisions.wanted(candidate.unit) or self._borrowing.wanted(candidate.unit):
            return False
        if self._barred.get((scene.id, candidate.unit), 0) > self._agenda.now_ms:
            return False
        if not candidate.cross_city:
            return True
        return self._policy is Policy.GUARDED and not self._borrowing.barred(scene, candidate.city)

    def _none_free(self, scene: Scene) -> None:
        """A unit was wanted and none was free: it is written down, once."""
        if scene.waited_for_a_unit:
            return
        scene.waited_for_a_unit = True
        self.none_free += 1
        self._change(scene, payloads.IncidentChange(scene.number, "none_free", self._by))

    # --- taking back ------------------------------------------------------------------------------

    def _call_back_unneeded(self, scene: Scene) -> None:
        if self._all_carried(scene):
            self._call_back(scene)
            self._borrowing.drop(scene)

    def _call_off(self, scene: Scene) -> None:
        """The caller needs nobody: call everybody back, then close; unless a crew is there by now."""
        record = scene.record
        if record is None or record.state in ("on_scene", "transporting"):
            scene.called_off = ""
            return
        self._call_back(scene)
        self._borrowing.drop(scene)
        if record.units or self._decisions.of(scene) or scene.id in self._closing:
            return
        self._closing.add(scene.id)
        change = payloads.IncidentChange(
            scene.number, "close", self._by, reason=scene.called_off, ending="cancelled"
        )
        self._change(scene, change, then=lambda: self._closing.discard(scene.id))

    def _call_back(self, scene: Scene) -> None:
        """Every unit that has not arrived, whoever sent it, and every decision not carried out yet."""
        for decision in self._decisions.of(scene):
            if decision.asked.state in (OrderState.FREE, OrderState.RESERVED, OrderState.ORDERED):
                self._decisions.call_back(
                    scene, self._fleet.by_id[decision.unit].unit, decision.asked.request
                )
        for name in scene.record.units if scene.record is not None else ():
            unit = UnitId(name)
            said = self._sights.heard.get(unit)
            if said is None or said.task is None or said.incident != scene.number:
                continue
            if said.state <= UnitState.EN_ROUTE:
                self._decisions.call_back(scene, self._fleet.by_id[unit].unit, RequestId(said.task))

    def _over(self, scene: Scene) -> None:
        """It is closed: nobody is wanted there any more."""
        waiting = self._looks.pop(scene.id, None)
        if waiting is not None:
            waiting.cancel()
        self._seen.discard(scene.id)
        self._call_back(scene)
        self._borrowing.drop(scene)

    # --- what it hears ----------------------------------------------------------------------------

    def _went_on(self, decision: Decision) -> None:
        """A decision went a step on; what was refused is asked of another unit."""
        end = decision.asked.steps[-1]
        if end.state is OrderState.DENIED:
            until = self._agenda.now_ms + round(BARRED_S * 1000 * self.pace)
            self._barred[decision.scene.id, decision.unit] = until
        if end.state in (OrderState.DENIED, OrderState.EXPIRED) and decision.asked.aid is not None:
            self._borrowing.give_back(decision.asked.aid)
        if end.state in (OrderState.DENIED, OrderState.EXPIRED) or end.reason == CREW_REFUSED:
            self.look_soon(decision.scene)

    # --- small steps ------------------------------------------------------------------------------

    @property
    def _by(self) -> payloads.By:
        return payloads.By(self._words(words.COLLEAGUE), "dispatcher")

    def _change(
        self, scene: Scene, change: payloads.IncidentChange, then: Callable[[], None] | None = None
    ) -> None:
        key = self._keys.of(self._agenda.now_ms, change.act, scene.number)
        answered = None if then is None else lambda _response: then()
        self._commands.send(scene.centre, scene.centre, "incident.change", change, key, answered)
