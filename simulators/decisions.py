"""Orders that simulated dispatchers ask for: each decision is asked about until its end is known."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from dispatch.centre import asking, wire
from dispatch.centre.asking import Asked
from dispatch.centre.messages import Query
from dispatch.domain.aid import AidId
from dispatch.domain.geography import Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.orders import Asker, Job, RequestId
from dispatch.domain.units import Unit, UnitId
from dispatch.feed import payloads, topics
from simulators.engine import Agenda, Entry
from simulators.keys import Keys
from simulators.messages import Message, Say, node_of
from simulators.scenes import Scene

GOOD_FOR_S = 60.0


@dataclass(slots=True)
class Decision:
    """One unit for one scene."""

    asked: Asked
    scene: Scene
    again: Entry | None = None
    times_said: int = 0
    """How often the command that comes next was said."""

    @property
    def unit(self) -> UnitId:
        return self.asked.unit

    @property
    def coming(self) -> bool:
        """Whether a unit may still come of it; a long silence counts as no."""
        return not self.asked.settled and not self.asked.cancelled


class Decisions:
    """Every decision of every simulated dispatcher. `on_change` gets those that went a step on."""

    def __init__(self, agenda: Agenda, keys: Keys, say: Say, operator: str, pace: float = 1.0) -> None:
        self.counts: Counter[str] = Counter()
        """How they ended: state, and reason where there is one."""
        self.open: dict[RequestId, Decision] = {}
        self.on_change: list[Callable[[Decision], None]] = []
        self._agenda, self._keys, self._say = agenda, keys, say
        self._operator, self.pace = operator, pace
        self._made = 0

    def of(self, scene: Scene) -> list[Decision]:
        """Those about a scene whose end is not known."""
        return [one for one in self.open.values() if one.scene is scene]

    def wanted(self, unit: UnitId) -> bool:
        """Whether somebody of ours has asked for a unit already."""
        return any(one.unit == unit for one in self.open.values())

    def ask(self, scene: Scene, unit: Unit, aid: AidId | None = None) -> Decision:
        """Ask a unit's own centre for it, and order it when it is granted."""
        now = self._agenda.now_ms
        self._made += 1
        request = RequestId(self._keys.of(now, "order", scene.number, unit.id, self._made))
        asker = Asker(scene.centre, node_of(scene.centre))
        expires = now + round(GOOD_FOR_S * 1000 * self.pace)
        asked = Asked(request, unit.city, unit.id, asker, self._operator, _job(scene), now, expires, aid=aid)
        decision = self.open[request] = Decision(asked, scene)
        self._say_it(decision)
        return decision

    def call_back(self, scene: Scene, unit: Unit, request: RequestId) -> None:
        """Take an order back, whoever of this city gave it."""
        decision = self.open.get(request)
        if decision is None:
            asker = Asker(scene.centre, node_of(scene.centre))
            now = self._agenda.now_ms
            asked = Asked(request, unit.city, unit.id, asker, self._operator, _job(scene), now, now)
            decision = self.open[request] = Decision(asked, scene)
        if not decision.asked.cancelled:
            decision.asked = replace(decision.asked, cancelled=True)
            self._say_it(decision)

    def hear(self, data: payloads.OrderAnswer) -> None:
        """An answer of a centre: the longer history counts."""
        decision = self.open.get(RequestId(data.request))
        if decision is None:
            return
        before = decision.asked
        after = asking.hear(before, wire.answer(data, before.asker), self._agenda.now_ms)
        decision.asked = after
        if after.settled:
            self._settle(decision)
        elif asking.command(after) != asking.command(before):
            self._go_on(decision)
        if after.steps != before.steps:
            for told in self.on_change:
                told(decision)

    def forget(self) -> None:
        """Ask about nothing any more: the centres are others from now on."""
        for decision in self.open.values():
            if decision.again is not None:
                decision.again.cancel()
        self.open.clear()

    def _settle(self, decision: Decision) -> None:
        if decision.again is not None:
            decision.again.cancel()
        del self.open[decision.asked.request]
        end = decision.asked.steps[-1] if decision.asked.steps else None
        self.counts["lost" if end is None else f"{end.state.value} {end.reason}".strip()] += 1

    def _go_on(self, decision: Decision) -> None:
        """The next step at once; what only looks whether there is news waits for its time."""
        decision.times_said = 0
        if isinstance(asking.command(decision.asked), Query):
            self._wait(decision)
        else:
            self._say_it(decision)

    def _wait(self, decision: Decision) -> None:
        if decision.again is not None:
            decision.again.cancel()
        pause_ms = asking.again_after_ms(decision.asked, decision.times_said) * self.pace
        decision.again = self._agenda.at(self._agenda.now_ms + pause_ms, lambda: self._say_it(decision))

    def _say_it(self, decision: Decision) -> None:
        """What comes next, and again until the answer changes it."""
        asked = decision.asked
        command = asking.command(asked)
        if command is None:
            return
        decision.times_said += 1
        kind, now = wire.COMMAND_KINDS[type(command)], self._agenda.now_ms
        origin, node = asked.asker
        self._say(
            Message(
                asked.city, topics.command(origin, asked.city, kind), f"cmd.{kind}",
                wire.command_payload(command), now, origin, node, key=asked.request,
                reply_to=topics.order_answer(asked.city, origin, node),
            )
        )  # fmt: skip
        self._wait(decision)


def _job(scene: Scene) -> Job:
    return Job(
        incident=IncidentId(scene.number),
        priority=Priority(scene.priority),
        position=Position(lat=round(scene.point[0], 6), lon=round(scene.point[1], 6)),
        place=scene.place,
    )
