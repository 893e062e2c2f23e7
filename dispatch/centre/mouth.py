"""What a centre says, in which order, and how often: after the commit, on its own city's link.

A link that is down loses nothing: what is retained is said anew when it is up, orders are said again until
vehicles answer, and whoever waits for an answer asks again.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Sequence

from dispatch.audit.connection import in_thread
from dispatch.centre import saying
from dispatch.centre.again import Repeats
from dispatch.centre.messages import Answer, AskCount, HeardStates, Publish, Reply, Subject, Tell
from dispatch.centre.protocol import Effect
from dispatch.centre.saying import Said
from dispatch.centre.store import Store
from dispatch.centre.wire_units import Seen
from dispatch.domain.incidents import IncidentId
from dispatch.domain.units import UnitId
from dispatch.feed.link import Link, LinkDown

UNITS_EVERY_S = 15.0
WHOLE_S = 0.25
"""A whole document is said at most so often."""
ANEW_S = 1.0
"""Nobody can make a centre say everything anew more often."""
SLICE = 200
"""Of what is said anew after a break, so many at once: orders must not wait for the rest."""
_journal = logging.getLogger(__name__)
_ORDER = (Tell, Answer, HeardStates, Publish, AskCount, Reply)
"""A crew first; a desk hears that its command was taken after it could see what came of it."""


_WHOLE = (Subject.AIDS, Subject.ALARMS, Subject.BLOOD_ORDERS)


class Mouth:
    """Says effects and keeps what must be said again. Only the worker of the centre calls its coroutines."""

    def __init__(self, store: Store, link: Link) -> None:
        self._store, self._link = store, link
        self._repeats = Repeats()
        self._seen: dict[UnitId, Seen] = {}
        self._answers: deque[Reply] = deque(maxlen=10_000)
        self._anew: deque[Publish] = deque()
        self._wanted: set[str] = set()
        self._everything = False
        self._due: dict[str, float] = {}

    # --- noted at any time ------------------------------------------------------------------------

    def saw(self, unit: UnitId, seen: Seen, latest_ms: int) -> None:
        """A position; one older than the known one is nothing, unless that is dated after `latest_ms`."""
        known = self._seen.get(unit)
        if known is None or known.fixed_ms <= seen.fixed_ms or known.fixed_ms > latest_ms:
            self._seen[unit] = seen

    def answer(self, reply: Reply) -> None:
        """An answer that needed no decision."""
        self._answers.append(reply)

    def say_anew(self, kind: str) -> None:
        """Somebody asks for "units", "incidents", "aids" or "alarms"."""
        self._wanted.add(kind)

    def say_everything(self) -> None:
        """The link came up: whoever was away may have missed anything."""
        self._repeats.clear()
        self._everything = True

    # --- the worker's -----------------------------------------------------------------------------

    async def say(self, effects: Sequence[Effect]) -> None:
        """The outcome of decisions that are on the disk."""
        self._repeats.count((one for one in effects if isinstance(one, Tell)), _machine_ms())
        said: list[Effect] = []
        for effect in sorted(_once(effects), key=lambda one: _ORDER.index(type(one))):
            if isinstance(effect, Publish) and effect.subject in _WHOLE:
                self._wanted.add(effect.subject.value)
            else:
                said.append(effect)
        await self._publish(self._messages(said))

    async def say_what_is_due(self) -> bool:
        """Repeats to vehicles, whole documents, and a slice of what is said anew; True while more waits."""
        if not self._link.state.up:
            return False
        tells = self._repeats.due(self._store.pending(), _machine_ms())
        answers = [self._answers.popleft() for _one in range(len(self._answers))]
        await self._publish(self._messages((*tells, *answers)))
        if self._everything:
            await self._begin_anew()
        await self._publish(list(self._whole()))
        part = [self._anew.popleft() for _one in range(min(SLICE, len(self._anew)))]
        await self._publish(self._messages(part))
        return bool(self._anew)

    def _messages(self, effects: Iterable[Effect]) -> list[Said]:
        """What is published for effects; one that cannot be said must not silence the others."""
        messages: list[Said] = []
        for effect in effects:
            try:
                messages += saying.messages_of(effect, self._store.state)
            except Exception:  # noqa: BLE001 - whatever it is, vehicles wait for the rest
                _journal.exception("%s cannot be said", type(effect).__name__)
        return messages

    async def _begin_anew(self) -> None:
        """Units, alarms and requests for help as whole documents at once; the records in slices."""
        self._everything = False
        self._due.clear()
        self._wanted |= {"units", "aids", "alarms", "blood_orders"}
        gone = await in_thread(self._store.uncleared)
        state = self._store.state
        self._anew = deque(Publish(Subject.INCIDENT, number) for number in (*state.incidents, *gone))
        self._anew += [Publish(Subject.UNIT, unit) for unit in state.duties]

    def _whole(self) -> Iterable[Said]:
        """The documents that are due: the fleet each 15 s, the others when they changed."""
        now_s, state = asyncio.get_running_loop().time(), self._store.state
        if now_s >= self._due.get("fleet", 0.0):
            self._wanted.add("units")
        for kind in sorted(self._wanted):
            if now_s < self._due.get(kind, 0.0):
                continue
            self._wanted.discard(kind)
            self._due[kind] = now_s + (WHOLE_S if kind in _WHOLE else ANEW_S)
            match kind:
                case "units":
                    self._due["fleet"] = now_s + UNITS_EVERY_S
                    yield saying.units(state, self._seen)
                case "aids":
                    yield saying.aids(state)
                case "alarms":
                    yield saying.alarms(state)
                case "blood_orders":
                    yield saying.blood_orders(state)
                case "incidents" if not self._anew:
                    self._anew += [Publish(Subject.INCIDENT, number) for number in state.incidents]

    async def _publish(self, messages: Sequence[Said]) -> None:
        """All at once, in this order on the wire; ended incidents that left it are remembered as cleared."""
        if not messages or not self._link.state.up:
            return
        went = await asyncio.gather(*(self._publish_one(one) for one in messages))
        gone = [
            IncidentId(one.topic.rsplit("/", 2)[1])
            for one, ok in zip(messages, went, strict=True)
            if ok and one.payload is None and one.kind == "incident.timeline"
        ]
        if gone:
            await in_thread(lambda: self._store.cleared(gone))

    async def _publish_one(self, said: Said) -> bool:
        try:
            if said.payload is None:
                await self._link.clear(said.topic)
            else:
                await self._link.publish(
                    said.topic, said.kind, said.payload, key=said.key, retain=said.retain
                )
        except LinkDown:
            return False
        except Exception:  # noqa: BLE001 - as above
            _journal.exception("%s cannot be said on %s", said.kind, said.topic)
            return False
        return True


def _once(effects: Iterable[Effect]) -> Iterable[Effect]:
    """A record is said once, as it stands in the end, however often a burst changed it."""
    said: set[Publish] = set()
    for effect in effects:
        if isinstance(effect, Publish):
            if effect in said:
                continue
            said.add(effect)
        yield effect


def _machine_ms() -> int:
    """The machine's own steady time: a fast drill must not flood its vehicles with repeats."""
    return round(asyncio.get_running_loop().time() * 1000)
