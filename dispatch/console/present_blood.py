"""Blood stock as cells: amounts in the component's own unit, never added across components."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.console.present_cells import Cell
from dispatch.console.symbols import symbols
from dispatch.domain.blood import BloodGroup, Component, ComponentCode, Lot, LotState
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


@dataclass(frozen=True, slots=True)
class BankCount:
    """The offer of one bank by component and group. `counted_at` None: it never reported."""

    counts: Mapping[tuple[ComponentCode, BloodGroup], Count]
    counted_at: datetime | None
    complete: bool


def count_bank(stock: BankStock | None, now: datetime, soon: timedelta) -> BankCount:
    """Count available, unexpired lots; what expires within `soon` is told apart."""
    if stock is None:
        return BankCount({}, None, False)
    return BankCount(count_lots(stock.lots.values(), now, soon), stock.counted_at, stock.complete)


def count_lots(
    lots: Iterable[Lot], now: datetime, soon: timedelta
) -> dict[tuple[ComponentCode, BloodGroup], Count]:
    """Reserved, quarantined, recalled, issued and expired lots are not on offer."""
    found: dict[tuple[ComponentCode, BloodGroup], Count] = defaultdict(Count)
    for lot in lots:
        if lot.state is LotState.AVAILABLE and lot.expires_at > now:
            near = lot.quantity if lot.expires_at <= now + soon else 0
            found[lot.component, lot.group] += Count(lot.quantity, near)
    return dict(found)


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
