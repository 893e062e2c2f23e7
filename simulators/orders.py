"""What consoles ask of banks and hospitals: checked, done or refused with a reason, and answered once.

Everything else that is asked on the wire is for the cities' centres.
"""

from collections import Counter
from dataclasses import dataclass

from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from dispatch.settings import Configuration
from simulators import words
from simulators.banks import Banks
from simulators.engine import Agenda
from simulators.hospitals import Hospitals
from simulators.messages import Message, Say, own
from simulators.words import Words

ANSWERS_KEPT = 20_000
OURS = ("hospitals", "stock")
"""The snapshots that are not the centre's."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes, or no with a reason in plain words."""

    accepted: bool
    reason: str = ""


YES = Answer(accepted=True)


class Orders:
    """Takes what reaches the banks and hospitals of all cities. `counts`: kind and verdict -> how many."""

    def __init__(
        self,
        configuration: Configuration,
        agenda: Agenda,
        banks: Banks,
        hospitals: Hospitals,
        say_words: Words,
        say: Say,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._names = {city.code: city.name for city in configuration.cities}
        self._agenda, self._banks, self._hospitals = agenda, banks, hospitals
        self._words, self._say = say_words, say
        self._answers: dict[str, Answer] = {}

    def hear(self, message: Message, *, drill: bool = True) -> None:
        """Do what one message asks for, and answer it."""
        asked = message.data
        if not isinstance(asked, payloads.SnapshotRequest) or asked.kind not in OURS:
            return
        answer = self._answer(message, drill=drill)
        if message.key is not None:
            to = topics.response(message.city, message.origin, message.node)
            response = payloads.Response(key=message.key, accepted=answer.accepted, reason=answer.reason)
            self._say(own(message.city, to, "response", response, self._agenda.now_ms))

    def _answer(self, message: Message, *, drill: bool) -> Answer:
        """A key that was answered before gets the same answer, and nothing happens."""
        key = message.key
        given = self._answers.get(key) if key else None
        if given is not None:
            self.counts[f"{message.kind} repeated"] += 1
            return given
        if not drill:
            answer = self._no(words.NOT_A_DRILL)
        elif message.expires_at is not None and message.expires_at < self._agenda.now_ms:
            answer = self._no(words.EXPIRED)
        else:
            answer = self._obey(message.city, message.data)
        self.counts[f"{message.kind} {'accepted' if answer.accepted else 'refused'}"] += 1
        if key:
            if len(self._answers) >= ANSWERS_KEPT:
                self._answers.pop(next(iter(self._answers)))
            self._answers[key] = answer
        return answer

    def _obey(self, city: CityCode, asked: payloads.Payload) -> Answer:
        if isinstance(asked, payloads.SnapshotRequest) and asked.kind == "stock":
            return self._count_again(city, asked.key)
        self._hospitals.publish(city)
        return YES

    def _count_again(self, city: CityCode, key: str | None) -> Answer:
        banks = [bank for bank in self._banks.of(city) if key in (None, bank.bank.id)]
        for bank in banks:
            self._banks.say_count(bank)
        return YES if banks else self._no(words.NO_SUCH_BANK, city=self._name(city), bank=key or "")

    def _name(self, city: CityCode) -> str:
        return self._names[city].text(self._words.language)

    def _no(self, why: str, **facts: object) -> Answer:
        return Answer(accepted=False, reason=self._words(why, **facts))
