"""The stock of all banks as one table: cities and their banks down, components and groups across."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Literal

from dispatch.console.present_blood import GROUP_ORDER, BankCount, BankCounts, Count, Leads, stock_cell
from dispatch.console.present_cells import Cell
from dispatch.console.present_scene import AgeLimits, Scene, age_cell, city_cell, name_text, sight_sentence
from dispatch.console.present_times import age_s
from dispatch.console.symbols import symbols
from dispatch.domain.blood import Bank, BankId, BloodGroup, Component, ComponentCode
from dispatch.domain.geography import CityCode
from dispatch.language import _
from dispatch.picture.cities import Sight
from dispatch.picture.live import Picture

GroupKey = tuple[ComponentCode, BloodGroup | None]
"""A component and a group; None stands for all groups together."""


@dataclass(frozen=True, slots=True)
class StockLimits:
    """`counted` are ages of a count; what expires within `soon` is marked."""

    counted: AgeLimits
    soon: timedelta
    leads: Leads = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StockRow:
    """One line of the table: a city with the sum of its banks, a bank, or the sum of all."""

    key: str
    kind: Literal["city", "bank", "total"]
    city: CityCode | None
    bank: BankId | None
    name: Cell
    age: Cell
    cells: Mapping[GroupKey, Cell]


@dataclass(frozen=True, slots=True)
class StockTable:
    """The whole table; amounts are only ever added within one component."""

    components: tuple[Component, ...]
    rows: tuple[StockRow, ...]
    days: bool = False
    """Days of cover instead of amounts."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A bank's offer and whether it can be taken at its word."""

    count: BankCount
    live: bool


def stock_table(
    picture: Picture, scene: Scene, limits: StockLimits, counts: BankCounts | None = None
) -> StockTable:
    """Every configured bank, also one that never reported: absent is not the same as empty."""
    counts = counts or BankCounts()
    components = tuple(picture.components.values())
    cells = partial(_cells, counts, components)
    rows: list[StockRow] = []
    everything: list[_Part] = []
    for city in picture.cities:
        banks = [bank for bank in picture.banks.values() if bank.city == city]
        parts = {bank.id: _part(picture, bank, scene, limits, counts) for bank in banks}
        everything += parts.values()
        rows.append(_city_row(city, cells(str(city), list(parts.values())), scene))
        rows += [
            _bank_row(bank, cells(bank.id, [parts[bank.id]]), parts[bank.id], scene, limits) for bank in banks
        ]
    total = cells("total", everything)
    rows.append(StockRow("total", "total", None, None, Cell(_("All cities"), "title"), Cell(""), total))
    return StockTable(components, tuple(rows))


def _part(picture: Picture, bank: Bank, scene: Scene, limits: StockLimits, counts: BankCounts) -> _Part:
    count = counts.of(picture.stock.banks.get(bank.id), scene.now, limits.soon, limits.leads)
    fresh = count.counted_at is not None and age_s(count.counted_at, scene.now) < limits.counted.stale_s
    return _Part(count, fresh and scene.seen(bank.city))


def _cells(
    counts: BankCounts, components: tuple[Component, ...], key: str, parts: Sequence[_Part]
) -> Mapping[GroupKey, Cell]:
    """The cells of a row, made anew only where one of its counts is another one."""
    made_of = (symbols().name, tuple(component.code for component in components), tuple(parts))
    known = counts.cells.get(key)
    if known is None or known[0] != made_of:
        known = counts.cells[key] = (made_of, _sums(components, parts))
    return known[1]


def _bank_row(
    bank: Bank, cells: Mapping[GroupKey, Cell], part: _Part, scene: Scene, limits: StockLimits
) -> StockRow:
    return StockRow(
        bank.id,
        "bank",
        bank.city,
        bank.id,
        Cell(f"  {name_text(bank.name)}", "normal" if part.live else "stale"),
        age_cell(part.count.counted_at, bank.city, scene, limits.counted),
        cells,
    )


def _city_row(city: CityCode, cells: Mapping[GroupKey, Cell], scene: Scene) -> StockRow:
    view = scene.sight.get(city)
    away = view is None or view.sight is not Sight.LIVE
    sight = Cell(sight_sentence(view, scene.now) if view else "", "offline" if away else "dim")
    name = city_cell(city, scene)
    return StockRow(str(city), "city", city, None, name, sight, cells)


def _sums(components: tuple[Component, ...], parts: Iterable[_Part]) -> dict[GroupKey, Cell]:
    """Sums per component and group; one part that is stale, incomplete or missing marks the sum."""
    known = list(parts)
    given = [part for part in known if part.count.counted_at is not None]
    live = all(part.live for part in given)
    complete = all(part.count.complete for part in known)
    amounts: dict[tuple[ComponentCode, BloodGroup], list[int]] = {}
    for part in given:
        for key, count in part.count.counts.items():
            summed = amounts.setdefault(key, [0, 0])
            summed[0] += count.amount
            summed[1] += count.soon
    cell = partial(stock_cell, reported=bool(given), live=live, complete=complete)
    cells: dict[GroupKey, Cell] = {}
    for component in components:
        of_groups = [amounts.get((component.code, group), (0, 0)) for group in GROUP_ORDER]
        for group, (amount, soon) in zip(GROUP_ORDER, of_groups, strict=True):
            cells[component.code, group] = cell(Count(amount, soon))
        whole = Count(sum(amount for amount, _soon in of_groups), sum(soon for _amount, soon in of_groups))
        cells[component.code, None] = cell(whole)
    return cells
