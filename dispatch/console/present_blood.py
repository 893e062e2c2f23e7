"""Blood stock as cells: amounts in the component's own unit, never added across components."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.blood.cover import is_available
from dispatch.console.present_cells import Cell
from dispatch.console.symbols import symbols
from dispatch.domain.blood import BankId, BloodGroup, Component, ComponentCode, Lot
from dispatch.language import _
from dispatch.picture.stock import BankStock

GROUP_ORDER = (
    BloodGroup.O_POS, BloodGroup.A_POS, BloodGroup.B_POS, BloodGroup.AB_POS,
    BloodGroup.O_NEG, BloodGroup.A_NEG, BloodGroup.B_NEG, BloodGroup.AB_NEG,
)  # fmt: skip
"""RhD-negative stands apart, behind the others: about 0.5 % of the population here."""


@dataclass(frozen=True, slots=True)
class Count:
    """What one bank can offer of one component and group; `soon` of it expires before long."""

    amount: int = 0
    soon: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.amount + other.amount, self.soon + other.soon)


@dataclass(frozen=True, slots=True, eq=False)
class BankCount:
    """The offer of one bank by component and group. `counted_at` None: it never reported.

    Two are equal only when they are the same: to compare what they hold costs as much as counting.
    """

    counts: Mapping[tuple[ComponentCode, BloodGroup], Count]
    counted_at: datetime | None
    complete: bool


NOT_REPORTED = BankCount({}, None, False)
Leads = Mapping[ComponentCode, timedelta]
"""From the shelf into a hand; a component that is not named takes no time."""


class BankCounts:
    """Counts each bank anew only when its stock changed or the next of its lots expires, or does so soon.

    20,000 lots cost a good part of a frame; this is what is asked once a second for all of them.
    """

    def __init__(self) -> None:
        self._known: dict[BankId, tuple[tuple[object, ...], datetime, BankCount]] = {}
        self.cells: dict[str, tuple[object, Mapping[tuple[ComponentCode, BloodGroup | None], Cell]]] = {}
        """Row -> what its cells were made of, and these."""

    def of(self, stock: BankStock | None, now: datetime, soon: timedelta, leads: Leads) -> BankCount:
        """What one bank offers at `now`."""
        if stock is None:
            return NOT_REPORTED
        stamp = (stock.sequence, stock.counted_at, stock.received_at, stock.complete, len(stock.lots), soon)
        known = self._known.get(stock.bank)
        if known is not None and known[0] == stamp and now < known[1]:
            return known[2]
        count = count_bank(stock, now, soon, leads)
        until = min(_changes(stock.lots.values(), now, soon, leads), default=now + timedelta(days=1))
        self._known[stock.bank] = (stamp, until, count)
        return count


def _changes(lots: Iterable[Lot], now: datetime, soon: timedelta, leads: Leads) -> Iterator[datetime]:
    """The moments ahead at which a count changes by itself."""
    for lot in lots:
        for moment in (lot.expires_at - leads.get(lot.component, timedelta()), lot.expires_at - soon):
            if moment > now:
                yield moment


def count_bank(
    stock: BankStock | None, now: datetime, soon: timedelta, leads: Leads | None = None
) -> BankCount:
    """Count what is available; what expires within `soon` is told apart."""
    if stock is None:
        return NOT_REPORTED
    counts = count_lots(stock.lots.values(), now, soon, leads)
    return BankCount(counts, stock.counted_at, stock.complete)


def count_lots(
    lots: Iterable[Lot], now: datetime, soon: timedelta, leads: Leads | None = None
) -> dict[tuple[ComponentCode, BloodGroup], Count]:
    """Reserved, quarantined, recalled, issued lots are not on offer, nor what expires before use."""
    amounts: dict[tuple[ComponentCode, BloodGroup], list[int]] = {}
    takes, none, near = leads or {}, timedelta(), now + soon
    for lot in lots:
        if is_available(lot, now, takes.get(lot.component, none)):
            amount = amounts.setdefault((lot.component, lot.group), [0, 0])
            amount[0] += lot.quantity
            if lot.expires_at <= near:
                amount[1] += lot.quantity
    return {key: Count(amount, soon_) for key, (amount, soon_) in amounts.items()}


def stock_cell(count: Count | None, *, reported: bool, live: bool, complete: bool) -> Cell:
    """An amount and one sign after it, so that digits stand under digits; a dash when nobody counted."""
    marks = symbols()
    if not reported:
        return Cell(f"{marks.dash} ", "stale")
    amount = count.amount if count else 0
    if not live:
        return Cell(f"{amount}{marks.stale}", "stale", float(amount))
    if not complete:
        return Cell(f"{amount}{marks.incomplete}", "incomplete", float(amount))
    if amount == 0:
        return Cell("0 ", "zero", 0.0)
    if count and count.soon:
        return Cell(f"{amount}{marks.expiring}", "expiring", float(amount))
    return Cell(f"{amount} ", "normal", float(amount))


def quantity_text(amount: int, component: Component, language: str) -> str:
    """An amount with its unit: "6 U", "2 治疗量"."""
    return f"{amount} {component.unit.text(language)}"


def group_text(group: BloodGroup | None) -> str:
    """ "O+", "AB-"; a group that is not known is said to be so."""
    return _("group unknown") if group is None else group.value
