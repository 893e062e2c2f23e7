"""Commands that must arrive whatever happens to this console: on the disk first, sent until answered.

errands = Errands(DeskFile.open(folder / "desk.db"), outbox, clock)
errand = await errands.give(city, "incident.open", data, subject=number)
result = await errands.settled(errand.key, within_s=2.0)   # None: not yet, it goes on by itself
errands.hear(city, response)                               # every answer that arrives

Errands about one subject go one after the other, in the order they were given: a change of an incident
never overtakes its opening. A centre answers each key once, so that sending again never acts twice.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace

import msgspec

from dispatch.audit.entry import uuid7
from dispatch.clock import Clock, epoch_ms
from dispatch.desk.file import DeskFile, Value
from dispatch.desk.news import News
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads
from dispatch.feed.link import LinkDown
from dispatch.feed.outbox import AGAIN_AFTER_S, CommandResult, Outbox, result_of

LOOK_EVERY_S = 0.1
KEPT_MS = 90 * 86_400_000
"""Answered errands stay in the file for so long: 90 days, by the time that their keys carry."""
_journal = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Errand:
    """One command. Past `until_ms` (this console's clock) it is given up; None: never."""

    key: str
    subject: str
    city: CityCode
    kind: str
    data: payloads.Payload
    until_ms: int | None = None


OVER = CommandResult(False, False, "", "expired")
"""What became of an errand that nobody answered before its end."""
OnAnswer = Callable[[Errand, CommandResult], Coroutine[object, object, Errand | None]]
"""Follows an answer before it counts; a returned errand takes the place of the one that was answered.

It may be called again for the same answer, after a fault or a restart.
"""


class Errands:
    """The errands of one console."""

    def __init__(self, file: DeskFile, outbox: Outbox, clock: Clock) -> None:
        self.open_ones: dict[str, Errand] = {}
        """Key -> errand, in the order they were given."""
        self.on_answer: OnAnswer | None = None
        """Hears of every errand that was answered, or given up, whether anybody waits or not."""
        self._file, self._outbox, self._clock = file, outbox, clock
        self._results: dict[str, CommandResult] = {}
        self._replaced: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._awaited: set[str] = set()
        self._due: dict[str, float] = {}
        self._posting: set[str] = set()
        self._heard: asyncio.Queue[tuple[str, CommandResult]] = asyncio.Queue()
        self._news, self._look = News(), asyncio.Event()
        oldest = uuid7(epoch_ms(clock.now()) - KEPT_MS)
        file.read("DELETE FROM errands WHERE NOT open AND key < ?", (oldest,))
        for row in file.read(
            "SELECT key, subject, city, kind, data, until_ms FROM errands WHERE open ORDER BY rowid"
        ):
            try:
                errand = _errand(row)
            except (KeyError, msgspec.MsgspecError) as error:  # of another edition: it stays in the file
                _journal.error("an errand cannot be read and is not sent: %s: %s", row[0], error)
                continue
            self.open_ones[errand.key] = errand

    # --- giving and waiting -----------------------------------------------------------------------

    async def give(
        self,
        city: CityCode,
        kind: str,
        data: payloads.Payload,
        *,
        subject: str,
        key: str | None = None,
        until_ms: int | None = None,
    ) -> Errand:
        """Write an errand down and begin to send it; DispatchError when the disk does not take it."""
        key = key or uuid7(epoch_ms(self._clock.now()))
        errand = Errand(key, subject, city, kind, data, until_ms)
        await self._file.execute(
            "INSERT INTO errands (key, subject, city, kind, data, until_ms, open) VALUES (?,?,?,?,?,?,1)",
            (key, subject, city, kind, msgspec.json.encode(data).decode(), until_ms),
        )
        self.open_ones[key] = errand
        self._look.set()
        return errand

    async def settled(self, key: str, within_s: float) -> CommandResult | None:
        """What came of an errand, or None when nothing did within so many machine seconds."""
        self._awaited.add(key)
        try:
            await self._news.until(lambda: self._last(key) in self._results, within_s)
            return self._results.pop(self._last(key), None)
        finally:
            self._awaited.discard(key)

    def waited_for(self, errand: Errand) -> bool:
        """Whether an operator waits for its result at this moment."""
        return any(self._last(key) == errand.key for key in self._awaited)

    def subject_of(self, errand: Errand) -> str:
        """What an errand is about now: its subject may have got another name."""
        return self._names.get(self._last(errand.key), errand.subject)

    def _last(self, key: str) -> str:
        """The errand that stands for one that was replaced, perhaps more than once."""
        while key in self._replaced:
            key = self._replaced[key]
        return key

    def waiting(self, subject: str) -> list[Errand]:
        """What is still to be answered about a subject, in order."""
        return [errand for errand in self.open_ones.values() if errand.subject == subject]

    async def given(self, key: str) -> payloads.Payload | None:
        """What was sent under a key, however long ago."""
        found = await self._file.execute(
            "SELECT key, subject, city, kind, data, until_ms FROM errands WHERE key = ?", (key,)
        )
        return _errand(found[0]).data if found else None

    # --- sending and hearing ----------------------------------------------------------------------

    def hear(self, city: CityCode, response: payloads.Response) -> bool:
        """An answer from the intake; whether it was to one of these errands."""
        errand = self.open_ones.get(response.key)
        if errand is None or errand.city != city:
            return False
        self._heard.put_nowait((response.key, result_of(response)))
        return True

    def link_up(self) -> None:
        """A link came back: what waits is sent at once."""
        self._due.clear()
        self._look.set()

    async def run(self) -> None:
        """Until cancelled: send what is due, and settle what was answered."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send(tasks), name="send errands")
            tasks.create_task(self._settle_heard(), name="settle errands")

    async def _send(self, tasks: asyncio.TaskGroup) -> None:
        """Each by itself: a city whose broker is silent holds up nothing that is for another."""
        loop = asyncio.get_running_loop()
        self._posting.clear()
        while True:
            for errand in self._heads():
                if errand.until_ms is not None and errand.until_ms < epoch_ms(self._clock.now()):
                    self._heard.put_nowait((errand.key, OVER))
                    self._due[errand.key] = loop.time() + AGAIN_AFTER_S
                elif self._due.get(errand.key, 0.0) <= loop.time() and errand.key not in self._posting:
                    self._posting.add(errand.key)
                    tasks.create_task(self._post(errand), name=f"send {errand.kind}")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):  # wait_for may swallow a cancelling on 3.11
                    await self._look.wait()
            self._look.clear()

    def _heads(self) -> list[Errand]:
        """The oldest errand of each subject."""
        heads: dict[str, Errand] = {}
        for errand in self.open_ones.values():
            heads.setdefault(errand.subject, errand)
        return list(heads.values())

    async def _post(self, errand: Errand) -> None:
        loop = asyncio.get_running_loop()
        self._due[errand.key] = loop.time() + AGAIN_AFTER_S
        try:
            await self._outbox.post(errand.city, errand.kind, errand.data, errand.key, errand.until_ms)
        except LinkDown:
            self._due[errand.key] = loop.time() + LOOK_EVERY_S
        finally:
            self._posting.discard(errand.key)

    async def _settle_heard(self) -> None:
        while True:
            key, result = await self._heard.get()
            errand = self.open_ones.get(key)
            if errand is None:
                continue
            try:
                after = None if self.on_answer is None else await self.on_answer(errand, result)
                if after is None:
                    await self._settle(errand, result)
                else:
                    await self._replace(errand, after)
            except DispatchError as error:  # it is sent, and answered, again
                _journal.error("%s", error)
            self._look.set()

    async def _settle(self, errand: Errand, result: CommandResult) -> None:
        await self._file.execute("UPDATE errands SET open = 0 WHERE key = ?", (errand.key,))
        del self.open_ones[errand.key]
        self._due.pop(errand.key, None)
        self._results[errand.key] = result
        self._forget()
        self._news.tell()

    async def _replace(self, errand: Errand, after: Errand) -> None:
        """Under another key and subject, as one step; what waits about the subject follows it."""
        later = [one for one in self.waiting(errand.subject) if one.key != errand.key]
        followers = [
            replace(one, subject=after.subject, data=_about(one.data, after.subject)) for one in later
        ]
        data = msgspec.json.encode(after.data).decode()
        await self._file.execute_all(
            (
                "UPDATE errands SET key = ?, subject = ?, data = ? WHERE key = ?",
                (after.key, after.subject, data, errand.key),
            ),
            *(
                (
                    "UPDATE errands SET subject = ?, data = ? WHERE key = ?",
                    (one.subject, msgspec.json.encode(one.data).decode(), one.key),
                )
                for one in followers
            ),
        )
        changed = {errand.key: after} | {one.key: one for one in followers}
        self.open_ones = {new.key: new for new in (changed.get(k, o) for k, o in self.open_ones.items())}
        self._due.pop(errand.key, None)
        self._replaced[errand.key] = after.key
        self._names[after.key] = after.subject

    def _forget(self) -> None:
        while len(self._results) > 1_000:  # nobody waited for the oldest
            self._results.pop(next(iter(self._results)))


def _about(data: payloads.Payload, incident: str) -> payloads.Payload:
    """The same command about an incident that got another number."""
    named = isinstance(data, payloads.IncidentChange | payloads.UnitTelephoned | payloads.UnitTakeTo)
    return msgspec.structs.replace(data, incident=incident) if named else data


def _errand(row: tuple[Value, ...]) -> Errand:
    key, subject, city, kind, data, until_ms = row
    model = payloads.PAYLOADS[f"cmd.{kind}"]
    until = until_ms if isinstance(until_ms, int) else None
    content = msgspec.json.decode(str(data), type=model)
    return Errand(str(key), str(subject), CityCode(str(city)), str(kind), content, until)
