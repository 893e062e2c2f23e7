"""Claims on blood fees: what waits for the staff by state and age, one in full. Not for dispatchers."""

from collections import Counter
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import ScreenResume
from textual.widget import Widget
from textual.widgets import Static

from dispatch.claims.states import STATE_NAMES, Deed
from dispatch.console.present_cells import Cell
from dispatch.console.present_claims import claim_columns, claim_details, claim_rows, in_order
from dispatch.console.present_times import age_text
from dispatch.console.results import LineTyped, Result
from dispatch.console.screens.base import ConsoleScreen, Dirty
from dispatch.console.theme import look
from dispatch.console.widgets.board import Board
from dispatch.desk.claim_words import checklist, policy_text
from dispatch.domain.operators import Right
from dispatch.language import _, current

ASK_EVERY_S = 10


class ClaimsScreen(ConsoleScreen):
    """Reached by `claims`. Its rows are the centre's; their age is said while they are not of now."""

    NAME = "claims"
    DEFAULT_CSS = """
    ClaimsScreen #counts { height: 1; background: $panel; padding: 0 1; }
    ClaimsScreen #list { height: 1fr; }
    ClaimsScreen #side {
        height: 9; border-top: solid $faint; background: $surface; padding: 0 1; overflow-y: auto;
    }
    ClaimsScreen.-tall #side { height: 16; }
    ClaimsScreen.-wide #panes, ClaimsScreen.-wall #panes { layout: horizontal; }
    ClaimsScreen.-wide #list, ClaimsScreen.-wall #list { width: 1fr; height: 1fr; }
    ClaimsScreen.-wide #side, ClaimsScreen.-wall #side {
        width: 60; height: 1fr; border-top: none; border-left: solid $faint;
    }
    ClaimsScreen.-wall #side { width: 96; }
    ClaimsScreen #side.-empty { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def body(self) -> Widget:
        return _Body(id="body")

    @property
    def board(self) -> Board:
        return self.query_one("#claims", Board)

    def on_mount(self) -> None:
        self._due = 0
        self._just_opened = True
        super().on_mount()

    def on_screen_resume(self, event: ScreenResume) -> None:
        super().on_screen_resume(event)
        self._just_opened = self.board.selected is None

    # -- painting --

    def relabel(self) -> None:
        self.board.set_columns(claim_columns())
        self.show_all()

    def show_all(self) -> None:
        if not self.ready:
            return
        why = self.desk.may(Right.CLAIMS)
        claims = self.desk.claims
        self.board.set_empty(why or claims.trouble or _("No claim waits\nczt claims file FILE files one"))
        rows = claim_rows(() if why else claims.rows, self.desk.clock.now())
        self.board.show(rows)
        if self.board.selected is None and rows:
            self._choose_first(rows[0].key)
        self._paint_counts()
        self._paint_side()

    def _choose_first(self, key: str) -> None:
        """When the screen is opened, and only then: a claim that went must not put its keys onto another."""
        if self._just_opened:
            self._just_opened = False
            self.board.select(key)
        else:
            self.board.show_top()

    def frame(self, _dirty: Dirty, whole_second: bool) -> None:
        if whole_second:
            self._due -= 1
            if self._due <= 0:
                self._ask()
            self.show_all()

    def _ask(self) -> None:
        self._due = ASK_EVERY_S
        self.run_worker(self._refresh(), group="claims", exclusive=True, exit_on_error=False)

    async def _refresh(self) -> None:
        await self.desk.claims.refresh()
        await self.desk.claims.look(self.board.selected or "")
        if not self.is_closing:
            self.show_all()

    def _paint_counts(self) -> None:
        claims, styles = self.desk.claims, look(self.app.theme)
        line = Text(no_wrap=True, overflow="ellipsis")
        counts = Counter(row.state for row in claims.rows)
        for state in in_order(counts):
            line.append(f"{_(STATE_NAMES[state])} {counts[state]}   ", styles["strong"])
        more = claims.total - len(claims.rows)
        if more > 0:
            line.append(f"{_('{count} more are not shown', count=more)}   ", styles["warning"])
        if claims.trouble:
            heard = claims.heard_at
            age = age_text(heard, self.desk.clock.now()) if heard else "-"
            line.append(_("as of {age} ago: {why}", age=age, why=claims.trouble), styles["warning"])
        if claims.rows:
            self.add_hints(line, _("t print   Esc back"))
        self.query_one("#counts", Static).update(line, layout=False)  # its size is fixed
        self.query_one("#counts").display = bool(line)

    def _paint_side(self) -> None:
        claims, styles = self.desk.claims, look(self.app.theme)
        cells: list[Cell] = []
        if claims.shown and claims.shown == self.board.selected and not self.desk.may(Right.CLAIMS):
            names = {str(code): city.name.text(current()) for code, city in self.desk.picture.cities.items()}
            facts, known = claims.facts, self.desk.configuration
            policy = str(facts["policy"])
            needed = checklist(known, policy, str(facts["used_on"]), str(facts["by"]))
            cells = claim_details(
                facts,
                claims.steps,
                self.desk.clock.now(),
                names,
                policy_text(known, policy),
                needed,
                claims.why,
                self._keys(),
            )
        text = Text("\n").join(Text(cell.text, styles[cell.style]) for cell in cells)
        self.query_one("#detail", Static).update(text)
        self.query_one("#side").set_class(not self.board.keys, "-empty")

    def _keys(self) -> dict[Deed, str]:
        """Which key does what, as it is set."""
        keymap = self.console.keymap
        found = {deed: keymap.keys_of(f"claim {deed.value}", self.NAME) for deed in Deed}
        return {deed: keys[0] for deed, keys in found.items() if keys}

    def on_board_highlighted(self) -> None:
        """The one under the cursor is asked for, once the cursor rests."""
        self._paint_side()
        self.run_worker(self._look(), group="claim", exclusive=True, exit_on_error=False)

    async def _look(self) -> None:
        await self.desk.claims.look(self.board.selected or "")
        if not self.is_closing:
            self._paint_side()

    # -- acts --

    def action_back(self) -> None:
        """To the screen that was left."""
        self.post_message(LineTyped(f"goto {self.console.previous_screen}"))

    def selected(self, kind: str) -> str | None:
        return self.board.selected if kind == "claim" else None

    def label(self, act: str) -> str:
        return _("Refresh") if act == "refresh" else ""

    def can(self, act: str) -> str:
        return self.desk.may(Right.CLAIMS) if act == "refresh" else super().can(act)

    async def do(self, act: str, *words: str) -> Result:
        if act == "refresh" and not self.can(act):
            await self._refresh()
            return Result(True, "")
        return await super().do(act, *words)


class _Body(Container):
    def compose(self) -> ComposeResult:
        yield Static("", id="counts")
        with Container(id="panes"):
            with Container(id="list"):
                yield Board(id="claims")
            with Container(id="side"):
                yield Static("", id="detail")
