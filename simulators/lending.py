"""Requests for help that reach a simulated city: its dispatcher names units while the reserve holds."""

from collections.abc import Callable
from math import ceil

from dispatch.decide.rules import DispatchRules
from dispatch.domain.geography import CityCode
from dispatch.domain.units import Capability, UnitId
from dispatch.feed import payloads
from simulators import words
from simulators.assumptions import DeskAssumptions
from simulators.borrowing import Borrowing
from simulators.commands import Commands
from simulators.decisions import Decisions
from simulators.engine import Agenda, Streams
from simulators.fleet import Ambulances
from simulators.keys import Keys
from simulators.sights import Sights
from simulators.words import Words

AGAIN_S = 5.0
"""When an answer was refused (the unit has just gone) the dispatcher looks again so much later."""
_CAPABILITIES = frozenset(capability.value for capability in Capability)


class Lending:
    """Answers what nobody else has claimed or answered; a person at the city has his time first."""

    def __init__(
        self,
        assumed: DeskAssumptions,
        rules: DispatchRules,
        agenda: Agenda,
        streams: Streams,
        keys: Keys,
        fleet: Ambulances,
        sights: Sights,
        commands: Commands,
        decisions: Decisions,
        borrowing: Borrowing,
        say_words: Words,
    ) -> None:
        self.staffed: CityCode | None = None
        self.colleague_after_s = 150.0
        self._assumed, self._reserve = assumed, rules.units.lending_reserve
        self._agenda, self._streams, self._keys = agenda, streams, keys
        self._fleet, self._sights, self._commands = fleet, sights, commands
        self._decisions, self._borrowing, self._words = decisions, borrowing, say_words
        self._heard: dict[str, payloads.AidRecord] = {}

    def forget(self) -> None:
        """Nothing was asked: the centres are others from now on."""
        self._heard.clear()

    def hear(self, city: CityCode, snapshot: payloads.AidsSnapshot) -> None:
        """All requests that a city has received."""
        for record in snapshot.aids:
            known = record.aid in self._heard
            self._heard[record.aid] = record
            self._borrowing.hear(record)
            if record.state == "received" and not known:
                self._consider(city, record)

    def _consider(self, city: CityCode, record: payloads.AidRecord) -> None:
        """A dispatcher needs a while to look."""
        if self._borrowing.at_once(record.aid):
            self._answer(city, record.aid)
            return
        wait_s = self._assumed.lending_delay_s.draw(self._streams.of("consent", record.incident, record.aid))
        if city == self.staffed:
            wait_s = max(wait_s, self.colleague_after_s)
        self._agenda.after(wait_s, lambda: self._answer(city, record.aid))

    def _answer(self, city: CityCode, aid: str) -> None:
        record = self._heard.get(aid)
        if record is None or record.state != "received":
            return
        if record.claimed_by:  # somebody works on it; he may let go of it again
            self._agenda.after(self.colleague_after_s, lambda: self._answer(city, aid))
            return
        by = payloads.By(self._words(words.COLLEAGUE), "dispatcher")
        answer = payloads.AidAnswer(aid, "decline", by, reason=words.RESERVE)
        keeps = self._may_go(city, record)
        if record.kind == "incident":
            if keeps:
                answer = payloads.AidAnswer(aid, "accept", by)
        elif units := self._units(city, record, min(record.count, keeps)):
            answer = payloads.AidAnswer(aid, "commit", by, units=list(units))
        key = self._keys.of(self._agenda.now_ms, "answer", aid)
        self._commands.send(city, city, "aid.answer", answer, key, self._again_when_refused(city, aid))

    def _again_when_refused(self, city: CityCode, aid: str) -> Callable[[payloads.Response], None]:
        def hear(response: payloads.Response) -> None:
            if not response.accepted:
                self._agenda.after(AGAIN_S, lambda: self._answer(city, aid))

        return hear

    def _may_go(self, city: CityCode, record: payloads.AidRecord) -> int:
        """How many units may leave before the city's reserve is touched; what has gone already may go on."""
        if self._borrowing.at_once(record.aid):
            return record.count
        reserve = ceil(self._reserve[record.priority - 1] * len(self._fleet.of(city)) - 1e-9)
        return max(0, len(self._sights.free(city)) - reserve)

    def _units(self, city: CityCode, record: payloads.AidRecord, count: int) -> list[UnitId]:
        """Those that were asked for when they are free, else the best of the city."""
        free = [unit for unit in self._sights.free(city) if not self._decisions.wanted(unit)]
        chosen = [UnitId(unit) for unit in record.wanted if UnitId(unit) in free][:count]
        if len(chosen) < count:
            needs = frozenset(Capability(need) for need in record.needs if need in _CAPABILITIES)
            ranking = self._sights.rank(
                city, (record.lat, record.lon), record.priority, record.patients, needs, None
            )
            best = (one.unit for one in ranking.candidates if not one.cross_city and one.unit in free)
            chosen += [unit for unit in best if unit not in chosen][: count - len(chosen)]
        return chosen
