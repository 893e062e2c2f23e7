"""Reading labels: a scanner types into the field and sends Enter; scans of one bag add up until F7."""

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Input, Static

from dispatch.blood.labels import BadLabel, Structure, read_label
from dispatch.blood.unit_label import (
    Difference,
    UnitLabel,
    check_one_bag,
    differences,
    holdings,
    put_together,
)
from dispatch.console.dialogs.base import Dialog
from dispatch.console.ports import Desk
from dispatch.console.present import clock_text, name_text
from dispatch.console.present_cells import Cell
from dispatch.console.present_lots import STATE_WORDS
from dispatch.console.theme import look
from dispatch.domain.blood import ComponentCode, LotState
from dispatch.language import N_, _
from dispatch.picture.cities import Sight
from dispatch.text import safe_text

DIFFERENT = {
    "group": N_("DIFFERENT: the label says group {label}, the stock {stock}"),
    "component": N_("DIFFERENT: the label says {label}, the stock {stock}"),
    "expires_at": N_("DIFFERENT: the label expires {label}, the stock {stock}"),
}


class LabelDialog(Dialog[None]):
    """Enter reads what stands in the field; F7 begins with the next bag; Esc leaves."""

    DEFAULT_CSS = """
    LabelDialog #said { height: auto; min-height: 6; padding: 1 0 0 0; }
    """

    def __init__(self, desk: Desk, scan: str = "") -> None:
        super().__init__()
        self.desk = desk
        self.structures: tuple[Structure, ...] = ()
        self.wrong = ""
        self._first = scan

    def content(self) -> ComposeResult:
        yield Input("", id="scan", select_on_focus=False)
        yield Static("", id="said")

    def title_text(self) -> str:
        return _("Read labels")

    def keys_text(self) -> str:
        return _("Enter reads   F7 next bag   Esc leaves")

    def relabel(self) -> None:
        super().relabel()
        field = self.query_one("#scan", Input)
        field.placeholder = _("scan, or type the number with its check character")
        self.paint()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#scan", Input).focus()
        if self._first:
            self.read(self._first)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.read(event.value)
        event.input.value = ""

    def read(self, text: str) -> None:
        """Add one scan; what cannot be read changes nothing and is named."""
        try:
            together = (*self.structures, *read_label(text))
            check_one_bag(together)
            self.structures, self.wrong = together, ""
        except BadLabel as error:
            self.wrong = str(error)
        self.paint()

    def confirm(self) -> None:
        self.structures, self.wrong = (), ""
        self.query_one("#scan", Input).value = ""
        self.paint()

    def paint(self) -> None:
        """Say what is known of the bag."""
        styles = look(self.app.theme)
        text = Text("\n").join(Text(cell.text, styles[cell.style]) for cell in self.lines())
        self.query_one("#said", Static).update(text)

    def lines(self) -> Sequence[Cell]:
        """What stands below the field."""
        bag = put_together(self.structures, self.desk.configuration.products)
        lines = [Cell(self.wrong, "warning")] if self.wrong else []
        lines += _bag_lines(bag, self.desk)
        if bag.number is not None:
            lines += self._stock_lines(bag)
        return lines or [Cell(_("nothing was scanned yet"), "dim")]

    def _stock_lines(self, bag: UnitLabel) -> list[Cell]:
        picture, now = self.desk.picture, self.desk.clock.now()
        found = holdings(picture, bag)
        if not found:
            return [Cell(_("no bank of the shared stock holds it"), "dim")]
        lines = []
        for one in found:
            bank = picture.banks.get(one.bank)
            past = one.lot.expires_at <= now
            state = _("expired") if past else _(STATE_WORDS[one.lot.state])
            live = bank is not None and picture.sight[bank.city].sight is Sight.LIVE
            name = name_text(bank.name) if bank else safe_text(one.bank)
            said = f"{name}  {safe_text(one.lot.id, 40)}  {state}" + ("" if live else f"  {_('not live')}")
            usable = one.lot.state is LotState.AVAILABLE and not past
            lines.append(Cell(said, "strong" if usable else "warning"))
            lines += [Cell(_different(each, self.desk), "warning") for each in differences(bag, one.lot)]
        return lines


def _different(each: Difference, desk: Desk) -> str:
    components = desk.picture.components
    label, stock = each.label, each.stock
    if each.what == "component":
        known = [components.get(ComponentCode(code)) for code in (label, stock)]
        label, stock = (
            name_text(one.name) if one else code for one, code in zip(known, (label, stock), strict=True)
        )
    if each.what == "expires_at":
        label, stock = (text[:16].replace("T", " ") for text in (label, stock))
    return _(DIFFERENT[each.what], label=label, stock=stock)


def _bag_lines(bag: UnitLabel, desk: Desk) -> list[Cell]:
    lines = []
    if bag.number is not None:
        checked = (
            _("checked") if bag.number.checked else _("not checked: compare {check}", check=bag.number.check)
        )
        facts = {"number": bag.number.number, "check": bag.number.check, "checked": checked}
        lines.append(
            Cell(_("Donation number {number}, check character {check} ({checked})", **facts), "strong")
        )
    if bag.group is not None:
        style = "strong" if bag.group.rhd_positive else "rh_negative"
        lines.append(Cell(_("Blood group {group}", group=bag.group.value), style))
    if bag.product is not None:
        component = desk.picture.components.get(bag.component) if bag.component else None
        meaning = name_text(component.name) if component else _("not in your products.toml")
        lines.append(Cell(_("Product code {code}: {meaning}", code=bag.product, meaning=meaning)))
    if bag.expires_at is not None:
        now = desk.clock.now()
        past = bag.expires_at <= now
        moment = f"{bag.expires_at:%Y-%m-%d} {clock_text(bag.expires_at)}"
        said = _("EXPIRED on {moment}", moment=moment) if past else _("Expires {moment}", moment=moment)
        lines.append(Cell(said, "warning" if past else "strong"))
    return lines
