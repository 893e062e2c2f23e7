"""A console: what its operator decides, and what it keeps asking until it is answered."""

from dataclasses import dataclass, replace
from datetime import timedelta

from dispatch.centre import asking
from dispatch.centre.asking import Asked
from dispatch.centre.messages import Act, Answer, Cancel, KeyedCommand, Reply, Telephoned, Tell
from dispatch.clock import from_epoch_ms
from dispatch.domain.aid import Aid, AidId
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.orders import Asker, Job, OrderState, RequestId
from dispatch.domain.units import UnitId
from tests.chaos.centres import Board
from tests.chaos.life import Life, centre_of, console
from tests.chaos.operators import Operator
from tests.chaos.places import CITIES, HERE, LI, OWNER
from tests.chaos.telephones import Call

KEYED_AGAIN_MS = 3_000
KEYED_FOR_MS = 60_000
FOREVER_MS = 1 << 60
"""Of an errand: it is said until it is answered."""


@dataclass
class Sent:
    """A keyed command, said again until it is answered or too old to be of use."""

    city: CityCode
    said: KeyedCommand
    until_ms: int
    subject: str = ""
    """Errands about one subject go one after the other, in the order they were given."""
    due_ms: int = 0
    reply: Reply | None = None


class ConsoleNode:
    """One console; `kept`, `sent` and `under_aid` are on its disk, the boards are retained by the brokers."""

    def __init__(self, life: Life, asker: Asker) -> None:
        self.life, self.asker, self.name = life, asker, console(asker)
        self.kept: dict[RequestId, Asked] = {}
        self.sent: dict[str, Sent] = {}
        self.under_aid: set[tuple[AidId, UnitId]] = set()
        self.boards: dict[CityCode, Board] = {}
        self.up = True
        self._due: dict[RequestId, int] = {}
        self._said: dict[RequestId, int] = {}
        self._open: dict[RequestId, Asked] = {}
        self._numbers = 0
        self.operator = Operator(self)
        life.net.nodes[self.name] = self.hear

    def die(self) -> None:
        self.up = False
        self.life.crashes += 1
        self.life.net.later(self.life.chance.randint(10, 8_000), self.restart)

    def restart(self) -> None:
        self.up = True
        self._due.clear()
        self._said.clear()

    def tick(self) -> None:
        self.life.net.maybe_cut(self.name)
        if self.life.telephoning:
            self.life.net.maybe_cut_between(self.name, centre_of(self.life.chance.choice(CITIES)))
        if not self.up:
            return
        if self.life.unlucky():
            self.die()
            return
        self.operator.act()
        self._say_due()

    # --- hearing ----------------------------------------------------------------------------------

    def hear(self, said: object) -> None:
        if not self.up:
            return
        if self.life.unlucky():
            self.die()
            return
        match said:
            case Answer():
                self._answered(said)
            case Reply():
                self._replied(said)
            case Board():
                known = self.boards.get(said.city)
                if known is None or known.number < said.number:
                    self.boards[said.city] = said

    def _replied(self, reply: Reply) -> None:
        sent = self.sent.get(reply.key)
        if sent is None or sent.reply is not None:
            return
        sent.reply = reply
        said = sent.said
        if not isinstance(said, Telephoned) or said.other or sent.city == self.asker.city:
            return  # the incident's own centre has written it down, and rings by itself
        if reply.facts.get("conflict"):
            found = replace(said, key=self.next_key(), other=str(reply.facts["other"]))
            self.errand(self.asker.city, found, said.incident)

    def _answered(self, answer: Answer) -> None:
        asked = self.kept.get(answer.request)
        if asked is None:
            return
        after = asking.hear(asked, answer, self.life.net.now)
        if after.steps == asked.steps and not after.contradicted:
            return
        if self.life.rules.requester_orders and after.state is OrderState.RESERVED:
            tell = Tell(asked.unit, asked.request, after.token, Act.GO, asked.job)
            self.life.net.send(self.name, asked.unit, tell)
        self._said.pop(asked.request, None)
        self.keep(after)

    # --- deciding: onto the disk, then said -------------------------------------------------------

    def order(self, unit: UnitId, incident: IncidentId, aid: AidId | None = None) -> None:
        """A decision to send a unit."""
        self._numbers += 1
        now = self.life.net.now
        job = Job(incident=incident, priority=Priority.LIFE_THREATENING, position=HERE, place="Wuyi Square")
        asked = Asked(
            RequestId(f"{self.name}/r{self._numbers}"), OWNER[unit], unit, self.asker, "op", job, now,
            now + self.life.chance.choice((5_000, 60_000)), aid=aid,
        )  # fmt: skip
        if aid is not None:
            self.under_aid.add((aid, unit))
        self.life.lent.under[asked.request] = aid
        self.keep(asked)

    def take_back(self, asked: Asked) -> None:
        self.keep(replace(asked, cancelled=True))

    def call_back(self, request: RequestId, unit: UnitId) -> None:
        """End another console's order: said once, as any desk of the unit's city may."""
        said = Cancel(request, unit, self.asker, "op")
        self.life.net.send(self.name, centre_of(OWNER[unit]), said)

    def command(self, city: CityCode, said: KeyedCommand) -> None:
        until = said.expires_ms or self.life.net.now + KEYED_FOR_MS
        self.sent[said.key] = Sent(city, said, until)

    def errand(self, city: CityCode, said: KeyedCommand, subject: str) -> None:
        self.sent[said.key] = Sent(city, said, FOREVER_MS, subject)

    def telephone(self, unit: UnitId, incident: IncidentId) -> None:
        """Told to the incident's own centre and to the unit's, as the shipped desk does."""
        now, here = self.life.net.now, self.asker.city
        self.life.telephones.calls.append(Call(here, unit, incident, now))
        for told in dict.fromkeys((here, OWNER[unit])):
            said = Telephoned(self.next_key(), self.asker, LI, unit, incident, now, "cut off")
            self.errand(told, said, incident if told == here else f"telephoned:{unit}:{told}")

    def next_key(self) -> str:
        self._numbers += 1
        return f"{self.name}/k{self._numbers}"

    def keep(self, asked: Asked) -> None:
        self.kept[asked.request] = asked
        if asked.settled:
            self._open.pop(asked.request, None)
        else:
            self._open[asked.request] = asked
        self.life.truth.requester(asked)
        self._ask(asked)

    # --- what the operator sees -------------------------------------------------------------------

    @property
    def open_ones(self) -> list[Asked]:
        return list(self._open.values())

    @property
    def undecided(self) -> list[Sent]:
        """Keyed commands that nobody has answered yet."""
        now = self.life.net.now
        return [one for one in self.sent.values() if one.reply is None and one.until_ms > now]

    @property
    def errands(self) -> list[Sent]:
        """Those of them that are said until they are answered."""
        return [one for one in self.undecided if one.until_ms == FOREVER_MS]

    @property
    def perishable(self) -> list[Sent]:
        """The others: soon too old to be of use."""
        return [one for one in self.undecided if one.until_ms < FOREVER_MS]

    def aids(self) -> list[Aid]:
        """Requests for help as their lenders' centres hold them, as far as was heard."""
        return [aid for board in self.boards.values() for aid in board.aids]

    def deadline(self, seconds: float) -> "object":
        return from_epoch_ms(self.life.net.now) + timedelta(seconds=seconds)

    # --- saying -----------------------------------------------------------------------------------

    def _say_due(self) -> None:
        now = self.life.net.now
        for asked in self.open_ones:
            if self._due.get(asked.request, 0) <= now:
                self._ask(asked)
        begun: set[str] = set()
        for one in self.undecided:
            first = not one.subject or one.subject not in begun
            begun.add(one.subject)
            if first and one.due_ms <= now:
                one.due_ms = now + KEYED_AGAIN_MS
                self.life.net.send(self.name, centre_of(one.city), one.said)

    def _ask(self, asked: Asked) -> None:
        command = asking.command(asked)
        if command is not None:
            times = self._said[asked.request] = self._said.get(asked.request, 0) + 1
            pause_ms = asking.again_after_ms(asked, times)
            self._due[asked.request] = self.life.net.now + pause_ms
            self.life.net.send(self.name, centre_of(asked.city), command)
