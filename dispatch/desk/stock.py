"""How long the stock of every city lasts: reckoned once a second, alarms where it is short, days kept."""

import asyncio
import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

from dispatch.blood.book import CoverBook, Reckoning
from dispatch.blood.table import CoverTable
from dispatch.clock import epoch_ms
from dispatch.desk.part import Kit, Part
from dispatch.desk.shortages import Shortages
from dispatch.domain.alarms import Alarm
from dispatch.domain.blood import BankId
from dispatch.domain.errors import DispatchError
from dispatch.feed.stock_days import SeenDay, StockDayFile
from dispatch.picture.stock_days import BankDays, day_of

DAYS_FILE = "stock-days.db"
DRILL_DAYS_FILE = "stock-days-drill.db"
KEPT_EVERY_S = 60.0
PIECES = 2
"""Components of a bank or a city that are reckoned at one go: a few milliseconds."""
_journal = logging.getLogger(__name__)


class StockWatch(Part):
    """One cover book for everything that this desk shows and rings about."""

    def __init__(self, kit: Kit, folder: Path) -> None:
        super().__init__(kit)
        self.rules = self.configuration.cover_rules
        self.book = CoverBook(self.rules, self.configuration.blood_rules)
        self._file = StockDayFile(folder / (DRILL_DAYS_FILE if kit.drill else DAYS_FILE))
        self._shortages = Shortages(self.picture, self.rules, self._note)
        self._kept_at: float | None = None
        self._table: CoverTable | None = None
        self._reckoning: Reckoning[CoverTable] | None = None
        try:
            self.picture.stock.seen.update(self._file.read())
        except DispatchError as error:
            _journal.error("%s", error)

    def cover(self) -> CoverTable:
        """The cover as it was last reckoned as a whole: a second old, or two when all banks tell at once."""
        if self._table is None:
            self._table = self.book.look(self.picture, self.clock.now())
        elif abs(self.clock.now() - self._table.as_of) >= timedelta(seconds=1):
            self._reckon_on()
        return self._table

    async def watch(self) -> None:
        """Ring where a city is short, and stop where it is not any more; others have their turn between."""
        self.cover()
        while self._reckoning is not None:
            await asyncio.sleep(0)
            self._reckon_on()
        self._shortages.judge(self.cover(), self.clock.now())

    def _reckon_on(self) -> None:
        """Some pieces more of the next table; it takes the place of the last one when it is whole."""
        under_way = self._reckoning or self.book.reckon(self.picture, self.clock.now())
        self._reckoning = None
        try:
            for _piece in range(PIECES):
                next(under_way)
        except StopIteration as done:
            self._table = done.value
        else:
            self._reckoning = under_way

    def _note(self, alarm: Alarm) -> None:
        self.record_soon("alarm.raised", alarm.id, {"alarm": alarm.id, "severity": alarm.severity.value})

    # --- days ----------------------------------------------------------------------------------

    async def keep(self) -> None:
        """Once a minute: what is on the shelves today, of every bank that is counted today and seen."""
        steady = self.clock.monotonic()
        if self._kept_at is not None and steady - self._kept_at < KEPT_EVERY_S:
            return
        self._kept_at = steady
        now = self.clock.now()
        rows = list(self._today(now))
        if rows:
            self.picture.stock.seen.update(await asyncio.to_thread(self._write, rows, day_of(now)))

    def _write(self, rows: list[SeenDay], today: date) -> dict[BankId, BankDays]:
        self._file.write(rows, today)
        return self._file.read()

    def _today(self, now: datetime) -> Iterable[SeenDay]:
        today = day_of(now)
        for row in self.cover().rows.values():
            if row.bank is None or not row.live or row.counted_at is None or day_of(row.counted_at) != today:
                continue
            if row.bank in self.picture.stock.days:
                continue  # it tells its days itself
            counted_ms = epoch_ms(row.counted_at)
            for (component, group), cell in row.cells.items():
                if group is not None:
                    yield SeenDay(row.bank, component, group, today, cell.cover.available, counted_ms)
