"""How long the stock lasts, as cells and lines; a phase has a colour, a sign and a word."""

from dataclasses import replace

from dispatch.blood.cover import Cover
from dispatch.blood.rules import Phase
from dispatch.blood.table import CoverCell, CoverRow, CoverTable
from dispatch.console.present_blood import GROUP_ORDER, quantity_text
from dispatch.console.present_cells import Cell
from dispatch.console.present_stock import GroupKey, StockRow, StockTable
from dispatch.console.symbols import symbols
from dispatch.domain.blood import Component
from dispatch.domain.model import Name
from dispatch.language import N_, _, current, say

PHASE_WORDS = {
    Phase.GREEN: N_("enough"),
    Phase.PRE_AMBER: N_("getting short"),
    Phase.AMBER: N_("short"),
    Phase.RED: N_("very short"),
}
_STYLES = {Phase.GREEN: "normal", Phase.PRE_AMBER: "advisory", Phase.AMBER: "abnormal", Phase.RED: "warning"}
_LONG = 100.0
"""Days from which on one more says nothing."""
_DAYS = Name(zh=say("zh_CN", N_("days of cover")), en=say("en", N_("days of cover")))


def phase_sign(phase: Phase | None) -> str:
    """One cell: nothing when there is enough or no phase."""
    marks = symbols()
    signs = {Phase.PRE_AMBER: marks.advisory, Phase.AMBER: marks.warning, Phase.RED: marks.critical}
    return " " if phase is None else signs.get(phase, " ")


def phase_style(phase: Phase | None) -> str:
    """The style of a phase."""
    return "normal" if phase is None else _STYLES[phase]


def days_text(days: float) -> str:
    """ "0.4", "6.2", "23", ">99"."""
    if days >= _LONG:
        return f">{_LONG - 1:.0f}"
    return f"{days:.1f}" if days < 9.95 else f"{days:.0f}"


class DaysCells:
    """Cells by row, made anew only where the cover of a row is another one."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, dict[GroupKey, Cell]]] = {}

    def of(
        self, row: StockRow, known: CoverRow | None, components: tuple[Component, ...]
    ) -> dict[GroupKey, Cell]:
        """The cells of one row; the sum of all cities has none."""
        made_of = (known, symbols().name, tuple(component.code for component in components))
        kept = self._known.get(row.key)
        if kept is None or kept[0] != made_of:
            cells: dict[GroupKey, Cell] = {}
            for component in components:
                for group in (*GROUP_ORDER, None):
                    key = (component.code, group)
                    cells[key] = Cell("") if row.kind == "total" else _days_cell(known, key)
            kept = self._known[row.key] = (made_of, cells)
        return kept[1]


def days_table(stock: StockTable, cover: CoverTable, kept: DaysCells | None = None) -> StockTable:
    """The stock table with days instead of amounts; a count in brackets where days say nothing."""
    kept = kept or DaysCells()
    components = tuple(one.model_copy(update={"unit": _DAYS}) for one in stock.components)
    rows = tuple(
        replace(row, cells=kept.of(row, cover.rows.get(row.key), stock.components)) for row in stock.rows
    )
    return StockTable(components, rows, days=True)


def _days_cell(row: CoverRow | None, key: GroupKey) -> Cell:
    if row is None or row.counted_at is None:
        return Cell(f"{symbols().dash} ", "stale")
    cell = row.cells[key]
    if cell.twin:
        return Cell("= ", "dim")
    text = cover_short(cell.cover)
    if not row.live:
        return Cell(f"{text}{symbols().stale}", "stale")
    zero = cell.phase is None and not cell.cover.available
    return Cell(f"{text}{phase_sign(cell.phase)}", "zero" if zero else phase_style(cell.phase))


def cover_short(cover: Cover) -> str:
    """Days, or the count in brackets."""
    worst = cover.worst_days
    return f"({cover.available})" if worst is None else days_text(worst)


def cover_lines(cell: CoverCell, component: Component) -> list[Cell]:
    """Everything about the cover of one component and group."""
    cover = cell.cover
    head = [quantity_text(cover.available, component, current())]
    if cell.phase is not None:
        head.append(f"{phase_sign(cell.phase)} {_(PHASE_WORDS[cell.phase])}".strip())
    lines = [Cell("  ".join(head), phase_style(cell.phase) if cell.phase is not Phase.GREEN else "strong")]
    if cover.days is not None and cover.mean_daily is not None:
        said = _("{days} days at {mean} a day", days=days_text(cover.days), mean=f"{cover.mean_daily:.1f}")
        lines.append(Cell(said))
    if cover.lasts_days is not None and cover.unmet_on is not None:
        said = _("with expiry {days} days, first unmet {day}", days=days_text(cover.lasts_days),
                 day=f"{cover.unmet_on:%m-%d}")  # fmt: skip
        lines.append(Cell(said))
    if cover.few:
        lines.append(Cell(_("{issues} issues in the window: no days", issues=cover.issues or 0)))
    outdated = sum(one.quantity for one in cover.outdates)
    if outdated >= 0.5:
        said = _("{amount} would expire unused, the first on {day}", amount=f"{outdated:.0f}",
                 day=f"{cover.outdates[0].day:%m-%d}")  # fmt: skip
        lines.append(Cell(said, "expiring"))
    lines.append(Cell(_(SOURCE_WORDS[cover.source]), "dim"))
    if cover.partial:
        lines.append(Cell(_("without banks whose issue is unknown"), "dim"))
    return lines


SOURCE_WORDS = {
    "bank": N_("issue as the bank tells it"),
    "configured": N_("issue as configured"),
    "unknown": N_("issue unknown"),
}
