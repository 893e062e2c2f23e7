"""Keyed commands to the centres: said again with the same key until they are answered."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from simulators.engine import Agenda, Entry
from simulators.messages import Message, Say, node_of

AGAIN_S = 3.0
OnAnswer = Callable[[payloads.Response], None]


@dataclass(slots=True)
class _Waiting:
    """A command without an answer. `ends_ms` None: asked for ever, for nobody may be forgotten."""

    message: Message
    on_answer: OnAnswer | None
    ends_ms: float | None
    again: Entry | None = None


class Commands:
    """The commands of all simulated call takers and dispatchers. `counts`: kind and verdict -> how many.

    `pace`: drill seconds of one second between two repeats, for answers come at the speed of the machine.
    """

    def __init__(self, agenda: Agenda, say: Say, pace: float = 1.0) -> None:
        self.counts: Counter[str] = Counter()
        self._agenda, self._say, self.pace = agenda, say, pace
        self._waiting: dict[str, _Waiting] = {}

    def send(
        self,
        origin: CityCode,
        target: CityCode,
        kind: str,
        data: payloads.Payload,
        key: str,
        on_answer: OnAnswer | None = None,
        *,
        good_for_s: float | None = 60.0,
    ) -> None:
        """Ask the centre of `target` in the name of `origin`; a key that waits already is not sent twice."""
        if key in self._waiting:
            return
        now = self._agenda.now_ms
        ends = None if good_for_s is None else now + good_for_s * 1000 * self.pace
        message = Message(
            target, topics.command(origin, target, kind), f"cmd.{kind}", data, now, origin, node_of(origin),
            key=key, reply_to=topics.response(target, origin, node_of(origin)),
            expires_at=None if ends is None else round(ends),
        )  # fmt: skip
        self._waiting[key] = _Waiting(message, on_answer, ends)
        self._say_it(key)

    def hear(self, response: payloads.Response) -> None:
        """An answer; one that nobody waits for any more is a duplicate."""
        waiting = self._waiting.pop(response.key, None)
        if waiting is None:
            return
        if waiting.again is not None:
            waiting.again.cancel()
        self._count(waiting, "accepted" if response.accepted else f"refused {response.code or ''}".strip())
        if waiting.on_answer is not None:
            waiting.on_answer(response)

    def forget(self) -> None:
        """Ask about nothing any more: the centres are others from now on."""
        for waiting in self._waiting.values():
            if waiting.again is not None:
                waiting.again.cancel()
        self._waiting.clear()

    def _say_it(self, key: str) -> None:
        waiting = self._waiting[key]
        self._say(waiting.message)
        later = self._agenda.now_ms + AGAIN_S * 1000 * self.pace
        if waiting.ends_ms is not None and later > waiting.ends_ms:
            waiting.again = self._agenda.at(later, lambda: self._give_up(key))
        else:
            waiting.again = self._agenda.at(later, lambda: self._say_it(key))

    def _give_up(self, key: str) -> None:
        self._count(self._waiting.pop(key), "unanswered")

    def _count(self, waiting: _Waiting, verdict: str) -> None:
        self.counts[f"{waiting.message.kind} {verdict}"] += 1
