"""How long the stock of every city lasts: reckoned once a second, alarms where it is short, days kept."""

import asyncio
import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

from dispatch.blood.book import CoverBook
from dispatch.blood.rules import Phase
from dispatch.blood.table import CoverCell, CoverKey, CoverRow, CoverTable
from dispatch.clock import epoch_ms
from dispatch.desk.part import Kit, Part
from dispatch.domain.alarms import Alarm, AlarmId, AlarmState, Severity
from dispatch.domain.blood import BankId
from dispatch.domain.errors import DispatchError
from dispatch.feed.stock_days import SeenDay, StockDayFile
from dispatch.picture.stock_days import BankDays, day_of

DAYS_FILE = "stock-days.db"
DRILL_DAYS_FILE = "stock-days-drill.db"
KEPT_EVERY_S = 60.0
CODE = "stock_short"
_journal = logging.getLogger(__name__)
_OPEN = frozenset({AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED})
_RANK = {Severity.ADVISORY: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


class StockWatch(Part):
    """One cover book for everything that this desk shows and rings about."""

    def __init__(self, kit: Kit, folder: Path) -> None:
        super().__init__(kit)
        self.rules = self.configuration.cover_rules
        self.book = CoverBook(self.rules, self.configuration.blood_rules.sourcing)
        self._file = StockDayFile(folder / (DRILL_DAYS_FILE if kit.drill else DAYS_FILE))
        self._kept_at: float | None = None
        self._table: CoverTable | None = None
        try:
            self.picture.stock.seen.update(self._file.read())
        except DispatchError as error:
            _journal.error("%s", error)

    def cover(self) -> CoverTable:
        """The cover as it is known now, at most a second old."""
        now = self.clock.now()
        if self._table is None or abs(now - self._table.as_of) >= timedelta(seconds=1):
            self._table = self.book.look(self.picture, now)
        return self._table

    # --- alarms --------------------------------------------------------------------------------

    def watch(self) -> None:
        """One alarm for each city, component and group that is short; what cannot be seen changes none.

        A city of which some counts are old is rung about as well, but no alarm of it goes away.
        """
        for row in self.cover().rows.values():
            if row.kind == "city" and row.seen:
                for at, cell in row.cells.items():
                    self._judge(row, at, cell)

    def _judge(self, row: CoverRow, at: CoverKey, cell: CoverCell) -> None:
        component, group = at
        alarm = AlarmId(f"{CODE}:{row.city}:{component}:{group.value if group else 'all'}")
        severity = self._severity(at, cell.phase)
        held = self.picture.alarms.by_id.get(alarm)
        if severity is None:
            if held is not None and row.live and self.picture.alarms.cause_gone(alarm):
                self.picture.changes.mark("alarm", alarm)
        elif held is None or held.state not in _OPEN or _RANK[severity] > _RANK[held.severity]:
            self._raise(alarm, severity, row, at, cell)
        elif severity is not held.severity and row.live:
            self.picture.alarms.put(held.model_copy(update={"severity": severity}))
            self.picture.changes.mark("alarm", alarm)

    def _severity(self, at: CoverKey, phase: Phase | None) -> Severity | None:
        if phase is None or phase is Phase.GREEN:
            return None
        component, group = at
        if self.rules.floor(component, group) is not None:
            return self.rules.severity.floor
        rule = self.rules.phase_rule(component)
        wanted = "none" if rule is None else rule.alarm
        if wanted == "none" or (wanted == "component") != (group is None):
            return None
        return self.rules.severity.of(phase)

    def _raise(
        self, alarm: AlarmId, severity: Severity, row: CoverRow, at: CoverKey, cell: CoverCell
    ) -> None:
        """Facts hold nothing that moves on while the alarm stands, but how it was when it rang."""
        component, group = self.picture.components[at[0]], at[1]
        days = cell.cover.worst_days
        facts: dict[str, str | int | float] = {
            "component": component.code,
            "component_zh": component.name.zh,
            "component_en": component.name.en,
            "unit": component.unit.en,
            "unit_zh": component.unit.zh,
            "unit_en": component.unit.en,
            "group": group.value if group is not None else "",
            "count": cell.cover.available,
        }
        counted = days is None or self.rules.floor(*at) is not None
        if not counted and days is not None:
            facts["days"] = f"{days:.1f}"
        code = "stock_few" if counted else CODE
        self.picture.alarms.put(
            Alarm(
                id=alarm, severity=severity, code=code, facts=facts, city=row.city, raised_at=self.clock.now()
            )
        )
        self.picture.changes.mark("alarm", alarm)
        self.record_soon("alarm.raised", alarm, {"alarm": alarm, "severity": severity.value})

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
