"""A blood station's own system on the wire: whole counts and differences, said as the bank's gateway.

What was said last is kept in a small file, so that differences and their numbers go on after a restart; where
it is lost, the next whole count sets everything right.
"""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from dispatch.causes import cause
from dispatch.clock import Clock, epoch_ms
from dispatch.domain.blood import Bank, Lot, LotId
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from dispatch.feed.access import bank_node
from dispatch.feed.link import Identity, Link, LinkState
from dispatch.feed.mqtt import MqttTransport
from dispatch.feed.transport import Endpoint, Received
from dispatch.language import _

CONNECT_WITHIN_S = 15.0
AGAIN_S = 5.0
"""Asked for a whole count again sooner, the bank says it once."""


def payload_of(lot: Lot) -> payloads.StockLot:
    """A lot as it goes on the wire."""
    return payloads.StockLot(
        lot=lot.id,
        component=lot.component,
        group=lot.group.value,
        quantity=lot.quantity,
        expires_at=epoch_ms(lot.expires_at),
        state=lot.state.value,
        attributes=sorted(lot.attributes),
    )


@dataclass(slots=True)
class Told:
    """What was said of a bank last; `sequence` 0: nothing yet."""

    sequence: int = 0
    counted_ms: int = 0
    lots: dict[str, payloads.StockLot] = field(default_factory=dict)


class ToldFile:
    """Keeps `Told` on the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Told:
        """What was said last; DispatchError for a file that holds something else."""
        if not self.path.is_file():
            return Told()
        try:
            said = json.loads(self.path.read_text("utf-8"))
            lots = msgspec.convert(said["lots"], list[payloads.StockLot])
            return Told(int(said["sequence"]), int(said["counted_ms"]), {lot.lot: lot for lot in lots})
        except (OSError, ValueError, KeyError, TypeError, msgspec.MsgspecError) as error:
            raise DispatchError(
                _("{file} does not hold what was said last ({error}): remove it and publish a whole count",
                  file=self.path, error=cause(error))
            ) from None  # fmt: skip

    def write(self, told: Told) -> None:
        """Put it in place whole or not at all."""
        said = {
            "sequence": told.sequence,
            "counted_ms": told.counted_ms,
            "lots": [msgspec.to_builtins(lot) for lot in told.lots.values()],
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            new = self.path.with_suffix(".new")
            with new.open("w", encoding="utf-8") as file:
                json.dump(said, file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
        except OSError as error:
            raise DispatchError(
                _("{file} cannot be written: {error}", file=self.path, error=cause(error))
            ) from None


class BankPublisher:
    """One bank over one link; `opened` makes it."""

    def __init__(self, bank: Bank, link: Link, clock: Clock, file: ToldFile) -> None:
        self.bank, self._link, self._clock, self._file = bank, link, clock, file
        self.told = file.read()
        self._saying = asyncio.Lock()
        """What is said again while a new count goes out would stand as the last, and take its number back."""

    async def count(self, lots: Iterable[Lot]) -> None:
        """Say a whole count."""
        by_id = {lot.lot: lot for lot in map(payload_of, lots)}
        async with self._saying:
            await self._say_count(Told(self.told.sequence + 1, self._now_ms(), by_id))

    async def change(self, put: Iterable[Lot], removed: Iterable[LotId]) -> None:
        """Say a difference to what was said last, then the whole count for whoever comes later.

        DispatchError where nothing was ever said: a difference needs a count to follow.
        """
        async with self._saying:
            await self._say_change(put, removed)

    async def again(self) -> None:
        """Say the last count once more, with the time at which it was counted."""
        async with self._saying:
            if self.told.sequence:
                await self._say_count(self.told)

    async def _say_change(self, put: Iterable[Lot], removed: Iterable[LotId]) -> None:
        if not self.told.sequence:
            raise DispatchError(_("nothing was published of this bank yet: publish a whole count first"))
        changed = [payload_of(lot) for lot in put]
        gone = [str(lot) for lot in removed if lot in self.told.lots]
        lots = {**self.told.lots, **{lot.lot: lot for lot in changed}}
        for lot in gone:
            lots.pop(lot, None)
        after = Told(self.told.sequence + 1, self._now_ms(), lots)
        data = payloads.BankChange(
            bank=self.bank.id,
            stock_seq=after.sequence,
            counted_at=after.counted_ms,
            put=changed,
            removed=gone,
        )
        await self._link.publish(topics.stock_change(self.bank.city, self.bank.id), "bank.change", data)
        await self._say_count(after)

    async def _say_count(self, told: Told) -> None:
        told = replace(told, counted_ms=min(told.counted_ms, self._now_ms()))
        data = payloads.BankStock(
            bank=self.bank.id,
            stock_seq=told.sequence,
            counted_at=told.counted_ms,
            lots=list(told.lots.values()),
        )
        topic = topics.stock(self.bank.city, self.bank.id)
        await self._link.publish(topic, "bank.stock", data, retain=True)
        self.told = told
        await asyncio.to_thread(self._file.write, told)

    def _now_ms(self) -> int:
        """By the clock as it is: what was said while it was ahead must not date what is said now."""
        return epoch_ms(self._clock.now())


@asynccontextmanager
async def opened(
    bank: Bank, endpoint: Endpoint, clock: Clock, file: ToldFile, *, drill: bool
) -> AsyncIterator[BankPublisher]:
    """A publisher whose link is up, and which answers requests for a count; DispatchError: no link."""
    node = bank_node(bank.id)
    up, asked = asyncio.Event(), asyncio.Event()
    last = [""]

    def heard(_city: CityCode, batch: list[Received]) -> None:
        if any(_asks_for(message, bank) for message in batch):
            asked.set()

    def changed(_city: CityCode, state: LinkState) -> None:
        last[0] = state.error
        (up.set if state.up else up.clear)()

    link = Link(
        city=bank.city,
        transport=MqttTransport(endpoint, f"{bank.city}-{node}", clock),
        identity=Identity(bank.city, node, "gateway", drill),
        filters=(topics.command_to(bank.city, "snapshot.request"),),
        clock=clock,
        on_batch=heard,
        on_change=changed,
    )
    publisher = BankPublisher(bank, link, clock, file)
    running = [asyncio.create_task(link.run()), asyncio.create_task(_answer(publisher, asked, up))]
    try:
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                await up.wait()
        except TimeoutError:
            where = f"{endpoint.host}:{endpoint.port}"
            raise DispatchError(_("no link to {where}: {error}", where=where, error=last[0] or "-")) from None
        yield publisher
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _answer(publisher: BankPublisher, asked: asyncio.Event, up: asyncio.Event) -> None:
    """Say the last count to whoever missed something."""
    while True:
        await asked.wait()
        await up.wait()
        asked.clear()
        with contextlib.suppress(DispatchError):
            await publisher.again()
        await asyncio.sleep(AGAIN_S)


def _asks_for(message: Received, bank: Bank) -> bool:
    """Whether somebody asks for this bank's stock, or for that of all."""
    try:
        envelope = payloads.decode("cmd.snapshot.request", message.payload)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    data = envelope.data
    return isinstance(data, payloads.SnapshotRequest) and data.kind == "stock" and data.key in (None, bank.id)
