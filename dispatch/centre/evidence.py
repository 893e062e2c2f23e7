"""The centre's part in keeping all audit logs honest: signs its own, watches and cosigns its neighbours'.

On a schedule the newest rows come under a checkpoint, which is published retained with what shows that it
continues what each neighbour has cosigned. A neighbour's checkpoint is cosigned when it continues what was
seen before; one that does not is an alarm at every desk, and its city is told.

Nothing here holds an order up.
"""

import asyncio
import base64
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dispatch.audit.checkpoint import Checkpoint, Opened, city_of_key, open_note, origin_of
from dispatch.audit.connection import in_thread
from dispatch.audit.keyring import CityKeys
from dispatch.audit.notes import BadNote, PublicKey
from dispatch.audit.rules import CheckpointRules
from dispatch.audit.witness import Seen, Verdict, WitnessBook
from dispatch.centre.evidence_own import Broken, OwnLog
from dispatch.centre.messages import Noticed
from dispatch.centre.wire_parts import Refused
from dispatch.clock import Clock, epoch_ms
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from dispatch.feed.link import Link, LinkDown
from dispatch.feed.transport import Received

KINDS = ("audit.checkpoint", "audit.cosignature")
LOOK_S = 0.25
WAITING = 64
"""Messages of neighbours that may wait; they are retained, and said again."""
THIN_EVERY_S = 3600.0
_journal = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EvidenceKit:
    """What it takes: the log, the file of checkpoints, this city's keys, whom it believes, how often."""

    log: Path
    book: WitnessBook
    keys: CityKeys
    trusted: tuple[PublicKey, ...]
    rules: CheckpointRules


class Evidence:
    """`run` it as a task beside the centre's other work; `hear` takes what neighbours publish."""

    def __init__(
        self,
        kit: EvidenceKit,
        home: Link,
        *,
        clock: Clock,
        drill: bool,
        node: str,
        notice: Callable[[Noticed], None],
    ) -> None:
        self._kit, self._home, self._clock, self._drill, self._notice = kit, home, clock, drill, notice
        self._own = OwnLog(kit.log, kit.book, kit.keys.log, origin_of(home.city, node, drill=drill))
        self._node = node
        self._waiting: asyncio.Queue[tuple[CityCode, payloads.Payload]] = asyncio.Queue(WAITING)
        self._say = True
        self._witnessed_s = self._sign_s = self._thin_s = 0.0
        self._cosigned: dict[str, int] = {}
        """Neighbour -> the rows of this log that it cosigned last."""
        self._unproven_s: dict[str, float] = {}
        self._told: set[tuple[str, str]] = set()

    def say_again(self) -> None:
        """The link came up: the broker may have lost what it kept."""
        self._say = True

    def hear(self, city: CityCode, opened: payloads.Envelope[payloads.Payload]) -> None:
        """A message of a neighbour's centre; too many at once are dropped, they come again."""
        if not self._waiting.full():
            self._waiting.put_nowait((city, opened.data))

    async def run(self) -> None:
        """Until cancelled: sign, publish, consider; whatever goes wrong is written down and tried again."""
        now_s = self._witnessed_s = asyncio.get_running_loop().time()
        self._sign_s = self._thin_s = now_s
        while True:
            try:
                await self._turn()
            except (DispatchError, BadNote, OSError, sqlite3.Error) as error:
                _journal.error("%s", error)
            except Exception:  # noqa: BLE001 - evidence must never end the centre it is about
                _journal.exception("a fault of this program: evidence")

    async def _turn(self) -> None:
        """The next message of a neighbour if one comes soon, and what is due."""
        heard = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S):
                heard = await self._waiting.get()
        try:
            if heard is not None:
                await self._take(*heard)
        finally:
            await self._due(asyncio.get_running_loop().time())

    async def _due(self, now_s: float) -> None:
        if now_s >= self._sign_s:
            self._sign_s = now_s + self._kit.rules.every_s
            await self._sign()
        if self._say and self._home.state.up:
            await self._publish()
        self._complain(now_s)
        if now_s >= self._thin_s:
            self._thin_s = now_s + THIN_EVERY_S
            await self._thin()

    # --- this city's log ----------------------------------------------------------------------------

    async def _sign(self) -> None:
        now_ms = epoch_ms(self._clock.now())
        for one in await in_thread(self._kit.book.untold):
            facts: dict[str, str | int] = {"origin": one.origin, "accepted_by": one.by, "reason": one.reason}
            self._notice(Noticed("accepted", one.origin.split("/")[1], facts))
            await in_thread(partial(self._kit.book.told, [one.number]))
            self._told.clear()
        signed = await in_thread(lambda: self._own.sign(now_ms))
        if isinstance(signed, Broken):
            self._once("broken", self._home.city, {"rows": signed.rows, "found": signed.found})
        elif signed:
            self._say = True

    async def _publish(self) -> None:
        note = await in_thread(lambda: self._own.newest())
        self._say = False
        if note is None:
            return
        continues = await in_thread(
            lambda: self._own.continues(Checkpoint.parse(note.text), self._cosigned.values())
        )
        payload = payloads.AuditCheckpoint(note.written(), continues)
        try:
            await self._home.publish(
                topics.checkpoint(self._home.city), "audit.checkpoint", payload, retain=True
            )
        except LinkDown:
            self._say = True

    # --- neighbours ---------------------------------------------------------------------------------

    async def _take(self, city: CityCode, data: payloads.Payload) -> None:
        match data:
            case payloads.AuditCheckpoint():
                await self._consider(city, data)
            case payloads.AuditCosignature():
                await self._heard_about_us(city, data)

    async def _consider(self, city: CityCode, data: payloads.AuditCheckpoint) -> None:
        opened = self._opened(city, data.note)
        if opened.checkpoint.origin != origin_of(city, self._node, drill=self._drill):
            raise BadNote(f"{opened.checkpoint.origin}: {city}")
        proofs = {one.size: [base64.b64decode(part) for part in one.hashes] for one in data.continues}
        now_ms = epoch_ms(self._clock.now())
        seen = await in_thread(
            lambda: self._kit.book.consider(opened, proofs, self._kit.keys.witness, now_ms)
        )
        await self._answer(city, opened, seen)

    async def _answer(self, city: CityCode, opened: Opened, seen: Seen) -> None:
        """Say what was found: to the other city on the wire, to this one where it matters."""
        rows = 0 if seen.held is None else Checkpoint.parse(seen.held.text).size
        if seen.verdict is Verdict.UNPROVEN:
            self._unproven_s.setdefault(city, asyncio.get_running_loop().time())
        elif seen.verdict.cosigned:
            self._unproven_s.pop(city, None)
            self._told.discard(("unproven", city))
        if seen.verdict is Verdict.FIRST:
            self._notice(Noticed("first_seen", city, _facts(opened.checkpoint)))
        if seen.verdict is Verdict.CONFLICT and seen.new and seen.held is not None:
            facts = {**_facts(opened.checkpoint), "rows": rows, "held": seen.held.written()}
            self._notice(Noticed("conflict", city, {**facts, "other": opened.note.written()}))
        mine = any(one.name == self._kit.keys.witness.name for one in opened.note.signatures)
        if seen.verdict is Verdict.OLD or (seen.verdict is Verdict.SAME and mine):
            return
        if seen.verdict.cosigned:
            payload = payloads.AuditCosignature("cosigned", seen.note.written())
        else:
            held = None if seen.held is None else seen.held.written()
            verdict = "conflict" if seen.verdict is Verdict.CONFLICT else "unproven"
            payload = payloads.AuditCosignature(verdict, opened.note.written(), held)  # type: ignore[arg-type]
        try:
            await self._home.publish(
                topics.cosignature(self._home.city, city), "audit.cosignature", payload, retain=True
            )
        except LinkDown:
            return  # its checkpoint comes again with the link, and is answered then

    async def _heard_about_us(self, city: CityCode, data: payloads.AuditCosignature) -> None:
        """A neighbour cosigned this city's log, wants another proof, or says that it is not what it saw."""
        opened = self._opened(self._home.city, data.note)
        if data.verdict != "cosigned":
            if data.held is None:
                return
            held = self._opened(self._home.city, data.held)
            if city not in {city_of_key(one.key.name) for one in held.witnesses}:
                raise BadNote(f"{city}: {held.checkpoint.origin}")
            if await in_thread(lambda: self._own.holds(held.checkpoint)):
                self._remember(city, held.checkpoint.size)  # what it saw is here: it lacks the proof only
            elif ("disputed", city) not in self._told:  # signed with this city's key, and not in its log
                self._told.add(("disputed", city))
                facts = {**_facts(opened.checkpoint), "rows": held.checkpoint.size, "held": data.held}
                self._notice(Noticed("disputed", city, facts))
            return
        if city not in {city_of_key(one.key.name) for one in opened.witnesses}:
            raise BadNote(f"{city}: {opened.checkpoint.origin}")
        known = await in_thread(lambda: self._kit.book.note(opened.note.text))
        if known is None:
            return  # of a checkpoint that is no longer kept
        self._witnessed_s = asyncio.get_running_loop().time()
        self._told.discard(("unwitnessed", self._home.city))
        self._told.discard(("disputed", city))
        fresh = len(known.with_signatures(opened.note.signatures).signatures) > len(known.signatures)
        if fresh:
            await in_thread(lambda: self._kit.book.cosigned(opened.note, epoch_ms(self._clock.now())))
            self._say = True
        self._remember(city, opened.checkpoint.size)

    def _remember(self, city: str, size: int) -> None:
        if self._cosigned.get(city) != size:
            self._cosigned[city] = size
            self._say = True

    def _opened(self, city: CityCode, note: str) -> Opened:
        opened = open_note(note, self._kit.trusted)
        if opened.checkpoint.city != city:
            raise BadNote(f"{opened.checkpoint.origin}: {city}")
        return opened

    # --- what time brings ---------------------------------------------------------------------------

    def _complain(self, now_s: float) -> None:
        rules = self._kit.rules
        for city, since_s in self._unproven_s.items():
            if now_s - since_s >= rules.unproven_alarm_s:
                held = self._kit.book.head(origin_of(city, self._node, drill=self._drill))
                rows = 0 if held is None else Checkpoint.parse(held.text).size
                self._once("unproven", city, {"rows": rows})
        if now_s - self._witnessed_s >= rules.unwitnessed_alarm_s:
            minutes = round((now_s - self._witnessed_s) / 60)
            self._once("unwitnessed", self._home.city, {"minutes": minutes})

    def _once(self, code: str, city: str, facts: Mapping[str, str | int]) -> None:
        if (code, city) not in self._told:
            self._told.add((code, city))
            self._notice(Noticed(code, city, facts))

    async def _thin(self) -> None:
        rules = self._kit.rules
        before_ms = epoch_ms(self._clock.now()) - round(rules.kept_all_h * 3_600_000)
        every_ms = max(1, round(rules.kept_every_min * 60_000))
        await in_thread(lambda: self._kit.book.thin(before_ms, every_ms))


def read_message(received: Received, *, drill: bool) -> payloads.Envelope[payloads.Payload] | None:
    """A checkpoint or cosignature out of a message; None for anything else. Refused: a code."""
    topic = topics.parse(received.topic)
    if topic is None or topic.kind not in KINDS:
        return None
    if len(received.payload) > payloads.size_cap(topic.kind):
        raise Refused("too_large")
    try:
        envelope = payloads.decode(topic.kind, received.payload)
    except (ValueError, RecursionError) as error:
        raise Refused("malformed") from error
    if envelope.type != topic.kind or envelope.src.city != topic.city:
        raise Refused("wrong_city")
    if envelope.drill is not drill:
        raise Refused("drill_mismatch")
    return envelope


def _facts(checkpoint: Checkpoint) -> dict[str, str | int]:
    return {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}
