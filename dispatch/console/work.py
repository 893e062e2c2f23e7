"""What waits for the staff of a blood centre, the most pressing first: pure, read from the picture."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from dispatch.blood.rules import RANK, Phase
from dispatch.blood.table import CoverCell, CoverKey, CoverTable
from dispatch.clock import from_epoch_ms
from dispatch.console.ports import Desk
from dispatch.console.present_holds import destination_of
from dispatch.domain.blood import BankId, Lot, LotState
from dispatch.domain.blood_orders import BloodOrder, BloodState
from dispatch.domain.geography import CityCode
from dispatch.picture.live import Picture

BankLot = tuple[BankId, Lot]


class Kind(IntEnum):
    """What is to be done; in this order where nothing presses."""

    DECIDE = 0  # blood was set aside: a named person decides
    ANSWER = 1  # a hold: confirm or decline
    PACK = 2
    PACKED = 3  # packing has begun: done?
    HAND = 4
    CHECK = 5  # handed over to us: measure and take
    MOVE = 6  # proposed before outdate
    AWAIT = 7  # another bank has to answer us
    ON_WAY = 8  # carried, from us or to us


_OURS = {
    BloodState.HELD: Kind.ANSWER,
    BloodState.CONFIRMED: Kind.PACK,
    BloodState.PACKING: Kind.PACKED,
    BloodState.PACKED: Kind.HAND,
}
"""Of orders at a bank of this city."""
_WAITS = frozenset({Kind.DECIDE, Kind.ANSWER, Kind.PACK, Kind.PACKED, Kind.HAND, Kind.CHECK, Kind.MOVE})


@dataclass(frozen=True, slots=True)
class Task:
    """One thing. `due`: until when; None: no time is set."""

    kind: Kind
    key: str
    due: datetime | None
    since: datetime
    order: BloodOrder | None = None

    @property
    def waits(self) -> bool:
        """Whether it is for the staff here to do; else somebody else is at it."""
        return self.kind in _WAITS


def tasks_of(desk: Desk) -> list[Task]:
    """Everything that waits or is under way at the banks of the desk's city."""
    orders = [task for one in desk.picture.blood_orders.values() for task in _of_order(one, desk)]
    return sorted([*orders, *_moves(desk)], key=_urgency)


def _of_order(order: BloodOrder, desk: Desk) -> Iterator[Task]:
    kind = _kind(order, desk.picture, desk.home_city)
    if kind is not None:
        until = order.until_ms if order.state is BloodState.HELD else order.need_by_ms
        due = None if kind is Kind.DECIDE else from_epoch_ms(until)
        yield Task(kind, order.id, due, from_epoch_ms(order.since_ms), order)


def _kind(order: BloodOrder, picture: Picture, home: CityCode) -> Kind | None:
    """What an order asks of this city; None: nothing, or it is over."""
    gives = picture.banks[order.bank].city == home
    takes = _goes_to(order, picture) == home
    if order.state is BloodState.CARRIED and (gives or takes):
        return Kind.ON_WAY
    if order.state is BloodState.DELIVERED and takes:
        return Kind.CHECK
    if order.state is BloodState.QUARANTINED and (gives or takes):
        return Kind.DECIDE
    if gives:
        return _OURS.get(order.state)
    return Kind.AWAIT if takes and order.state in _OURS else None


def _goes_to(order: BloodOrder, picture: Picture) -> CityCode:
    """The city that gets the blood."""
    place = destination_of(order, picture)
    return place.city if place is not None else order.asker.city


def _moves(desk: Desk) -> Iterator[Task]:
    """Proposals that nobody has decided about, from a bank here or to one."""
    answer, decided = desk.moves.answer, desk.moves.decided
    if answer is None:
        return
    now, home = desk.clock.now(), desk.home_city
    for one in answer.proposals:
        moved = one.transfer
        ours = home in (moved.giver_city, moved.taker_city)
        if ours and one.id not in decided and moved.leave_by > now:
            yield Task(Kind.MOVE, one.id, moved.leave_by, answer.as_of)


def _urgency(task: Task) -> tuple[bool, int, float, str]:
    """What is for us before what others do; then by kind, and what ends first."""
    due = task.due.timestamp() if task.due is not None else 0.0
    return not task.waits, task.kind, due, task.key


# --- the stock that needs somebody's eyes ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shortage:
    """A component and group of which a city is short; `live` False: by an old or incomplete count."""

    at: CoverKey
    cell: CoverCell
    live: bool


def shortages_of(table: CoverTable, city: CityCode) -> list[Shortage]:
    """Amber and red in a city, the worst first; where both signs are one stock it stands once."""
    row = table.rows.get(city)
    if row is None or row.counted_at is None:
        return []
    found = [
        Shortage(at, cell, row.live)
        for at, cell in row.cells.items()
        if cell.phase in (Phase.AMBER, Phase.RED) and not cell.twin and at[1] is not None
    ]
    return sorted(found, key=lambda one: (-_rank(one.cell), one.at[0], str(one.at[1])))


def _rank(cell: CoverCell) -> int:
    return RANK[cell.phase] if cell.phase is not None else -1


def expiring_here(picture: Picture, home: CityCode, until: datetime) -> list[BankLot]:
    """What this city's banks hold that expires by then or is past and can still be taken from the shelf."""
    held = (
        (bank.id, lot)
        for bank in picture.banks.values()
        if bank.city == home and (stock := picture.stock.banks.get(bank.id)) is not None
        for lot in stock.lots.values()
        if lot.quantity and lot.expires_at <= until and lot.state in (LotState.AVAILABLE, LotState.RESERVED)
    )
    return sorted(held, key=lambda one: (one[1].expires_at, one[0], one[1].id))
