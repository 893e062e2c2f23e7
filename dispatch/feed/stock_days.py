"""What this console saw on the shelves on the days it looked, kept on the disk: for banks that tell no days.

One row for each bank, component, group and day of China: the last amount seen on that day. Rows older than
`KEPT_DAYS` go. The audit log has a file of its own and is not touched.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from dispatch.causes import cause
from dispatch.clock import from_epoch_ms
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode
from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.picture.stock_days import BankDays, DayCounts, SeriesKey

KEPT_DAYS = 62
_COLUMNS = {
    "bank": str, "component": str, "blood_group": str, "day": str, "on_hand": int, "counted_ms": int,
}  # fmt: skip
_KEY = ("bank", "component", "blood_group", "day")


@dataclass(frozen=True, slots=True)
class SeenDay:
    """So much of one component and group could be issued when a bank was last counted on a day."""

    bank: BankId
    component: ComponentCode
    group: BloodGroup
    day: date
    on_hand: int
    counted_ms: int


class StockDayFile:
    """The file; opened for each reading and writing, so that nothing has to be closed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, rows: Iterable[SeenDay], today: date) -> None:
        """Put the rows in place of what the same days said before; DispatchError when it cannot be."""
        with self._opened() as database:
            written = [
                {
                    "bank": row.bank, "component": row.component, "blood_group": row.group.value,
                    "day": row.day.isoformat(), "on_hand": row.on_hand, "counted_ms": row.counted_ms,
                }
                for row in rows
            ]  # fmt: skip
            table = database.table("days", pk=_KEY, columns=_COLUMNS)
            table.upsert_all(written, pk=_KEY)
            oldest = (today - timedelta(days=KEPT_DAYS)).isoformat()
            if table.exists():
                table.delete_where("day < ?", [oldest])

    def read(self) -> dict[BankId, BankDays]:
        """Everything kept, bank by bank; DispatchError when the file cannot be read."""
        if not self.path.is_file():
            return {}
        with self._opened() as database:
            table = database.table("days")
            rows = list(table.rows) if table.exists() else []
        by_bank: dict[BankId, list[SeenDay]] = defaultdict(list)
        for row in rows:
            by_bank[BankId(str(row["bank"]))].append(_seen(row))
        return {bank: seen_days(bank, days) for bank, days in by_bank.items()}

    @contextmanager
    def _opened(self) -> Iterator[Database]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=2)) as connection, connection:
                yield Database(connection)
        except (OSError, sqlite3.Error, ValueError, KeyError) as error:
            raise DispatchError(
                _("the days of stock in {file} cannot be used: {error}", file=self.path, error=cause(error))
            ) from error


def seen_days(bank: BankId, rows: Iterable[SeenDay]) -> BankDays:
    """Rows of one bank as its days; days without a row are open."""
    listed = sorted(rows, key=lambda row: row.day)
    first, last = listed[0].day, listed[-1].day
    series: dict[SeriesKey, list[int | None]] = {}
    for row in listed:
        known = series.setdefault((row.component, row.group), [None] * ((last - first).days + 1))
        known[(row.day - first).days] = row.on_hand
    said_at: datetime = from_epoch_ms(max(row.counted_ms for row in listed))
    counts = {key: DayCounts(on_hand=tuple(known)) for key, known in series.items()}
    return BankDays(bank, first, said_at, counts)


def _seen(row: dict[str, object]) -> SeenDay:
    """ValueError for a row that another program wrote."""
    return SeenDay(
        BankId(str(row["bank"])),
        ComponentCode(str(row["component"])),
        BloodGroup(str(row["blood_group"])),
        date.fromisoformat(str(row["day"])),
        int(str(row["on_hand"])),
        int(str(row["counted_ms"])),
    )
