"""What was refused: counted by reason, and the newest rows with why."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from dispatch.clock import from_epoch_ms
from dispatch.console.present import age_text, clock_text, name_text
from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.results import LineTyped
from dispatch.console.screens.base import ConsoleScreen, Dirty
from dispatch.console.theme import look
from dispatch.console.widgets.board import Board
from dispatch.language import N_, _
from dispatch.text import cell_width, safe_text

_NEWEST = 200


REASON_WORDS = {
    "too_big": N_("too big"),
    "unknown_topic": N_("unknown topic"),
    "malformed": N_("cannot be read"),
    "duplicate_key": N_("names a field twice"),
    "wrong_city": N_("of another city"),
    "wrong_prefix": N_("number without the city's prefix"),
    "wrong_type": N_("of another type than its topic"),
    "wrong_key": N_("about another thing than its topic"),
    "drill_mismatch": N_("drill and real mixed up"),
    "retained_command": N_("a command kept by the broker"),
    "expired": N_("expired"),
    "future": N_("dated in the future"),
    "future_day": N_("of a day that has not been"),
    "epoch_ahead": N_("from a sender whose start lies ahead"),
    "older_epoch": N_("from an earlier life of its sender"),
    "replayed": N_("replayed"),
    "unknown_unit": N_("unit not announced"),
    "unknown_bank": N_("bank not configured"),
    "unknown_hospital": N_("hospital not configured"),
    "unknown_crossing": N_("bridge not configured"),
    "unknown_component": N_("component not configured"),
    "unknown_capability": N_("capability unknown"),
    "unknown_snapshot": N_("snapshot of an unknown kind"),
    "not_owner": N_("spoken for by another city"),
    "duplicate_lot": N_("a lot listed twice"),
    "duplicate_entry": N_("something listed twice"),
    "no_other_number": N_("no number of another city"),
    "no_such_borrower": N_("a borrower that is no city"),
    "lines_disordered": N_("timeline out of order"),
    "too_many": N_("more than allowed"),
    "no_fix": N_("receiver without a fix"),
    "jump": N_("position jumped"),
    "not_valid": N_("marked as not valid by the tracker's server"),
    "no_time": N_("kept position without a time"),
    "unknown_device": N_("tracker not configured"),
    "unknown_tracker_message": N_("tracker message of unknown type"),
}
"""Reason code of dispatch.feed.refusals -> two or three words for the counts."""


class QuarantineScreen(ConsoleScreen):
    """Reached from the alarms (F6, then q), or by `quarantine`."""

    NAME = "quarantine"
    DEFAULT_CSS = """
    QuarantineScreen #counts { height: auto; max-height: 8; background: $panel; padding: 0 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def body(self) -> Widget:
        return _Body(id="body")

    @property
    def board(self) -> Board:
        return self.query_one("#refused", Board)

    def action_back(self) -> None:
        """To the alarms, from which it is reached."""
        self.post_message(LineTyped("goto alarms"))

    def relabel(self) -> None:
        self.board.set_columns(
            (
                Column("received", _("Received"), 14),
                Column("city", _("City"), 9, priority=1),
                Column("why", _("Why it was refused"), None, min_width=24),
                Column("topic", _("Topic"), 36, priority=2),
                Column("size", _("Bytes"), max(7, cell_width(_("Bytes"))), "right", priority=3),
                Column("age", _("Age"), 9, priority=4),
            )
        )
        self.board.set_empty(_("No message was refused\nEsc goes back to the alarms"))
        self.show_all()

    def frame(self, dirty: Dirty, whole_second: bool) -> None:
        if whole_second or "city" in dirty:
            self.show_all()

    def show_all(self) -> None:
        if not self.ready:
            return
        now, rows = self.desk.clock.now(), []
        cities = self.desk.picture.cities
        for number, refused in enumerate(self.desk.quarantine.newest(_NEWEST)):
            at = from_epoch_ms(refused.received_ms)
            named = next((city.name for code, city in cities.items() if code == refused.city), None)
            rows.append(
                Row(
                    f"{refused.received_ms}:{number}",
                    (
                        Cell(clock_text(at, now, seconds=True), "normal"),
                        Cell(name_text(named) if named else safe_text(refused.city)),
                        Cell(safe_text(refused.why), "strong"),
                        Cell(safe_text(refused.topic), "dim"),
                        Cell(str(refused.size), "dim", float(refused.size)),
                        Cell(age_text(at, now), "dim", -at.timestamp()),
                    ),
                )
            )
        self.board.show(rows)
        self._paint_counts()

    def _paint_counts(self) -> None:
        styles = look(self.app.theme)
        text = Text()
        text.append(_("{count} refused since the start", count=self.desk.quarantine.total), styles["title"])
        text.append("\n" if self.desk.quarantine.total else "")
        counts = sorted(self.desk.quarantine.counts().items(), key=lambda entry: -entry[1])
        for code, count in counts:
            text.append(f"{count} ", styles["strong"])
            text.append(
                f"{_(REASON_WORDS[code]) if code in REASON_WORDS else safe_text(code)}   ", styles["normal"]
            )
        self.query_one("#counts", Static).update(text)


class _Body(Container):
    def compose(self) -> ComposeResult:
        yield Static("", id="counts")
        yield Board(id="refused")
