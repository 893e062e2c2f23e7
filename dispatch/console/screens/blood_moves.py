"""Moves of blood before it outdates: what is proposed, why, and a person's yes or no."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from dispatch.blood.move_models import Proposal, spoken_groups
from dispatch.console.choices import result_of
from dispatch.console.dialogs.choose import YesNoDialog
from dispatch.console.dialogs.keep_move import KeepMoveDialog
from dispatch.console.present import age_text, name_text, quantity_text
from dispatch.console.present_moves import move_columns, move_detail, move_rows
from dispatch.console.results import LineTyped, Result
from dispatch.console.screens.base import ConsoleScreen, Dirty
from dispatch.console.symbols import symbols
from dispatch.console.theme import look
from dispatch.console.widgets.board import Board
from dispatch.domain.operators import Right
from dispatch.language import _, current
from dispatch.settings.incident_words import Word


class BloodMovesScreen(ConsoleScreen):
    """Reached from the blood (F4, then m), or by `moves`."""

    NAME = "moves"
    DEFAULT_CSS = """
    BloodMovesScreen #counts { height: 1; background: $panel; padding: 0 1; }
    BloodMovesScreen #moves { height: 1fr; }
    BloodMovesScreen #detail {
        height: auto; max-height: 40%; padding: 0 1; background: $surface; border-top: solid $faint;
    }
    BloodMovesScreen #detail.-empty { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def body(self) -> Widget:
        return _Body(id="body")

    @property
    def board(self) -> Board:
        return self.query_one("#moves", Board)

    @property
    def proposal(self) -> Proposal | None:
        """The one under the cursor; None on a row that nothing is proposed for."""
        answer = self.desk.moves.answer
        found = (one for one in (answer.proposals if answer else ()) if one.id == self.board.selected)
        return next(found, None)

    # -- painting --

    def relabel(self) -> None:
        self.board.set_columns(move_columns())
        self.show_all()

    def show_all(self) -> None:
        if not self.ready:
            return
        answer, decided = self.desk.moves.answer, self.desk.moves.decided
        rows = move_rows(answer, decided, self.desk.picture) if answer else []
        self.board.set_empty(
            _("No move is worth proposing\nr looks anew   Esc goes back to the blood")
            if answer
            else _("Nobody has looked for moves yet\nr looks   Esc goes back to the blood")
        )
        self.board.show(rows)
        if self.board.selected is None and rows:
            self.board.select(rows[0].key)
        self._paint_counts()
        self._paint_detail()

    def frame(self, dirty: Dirty, whole_second: bool) -> None:  # noqa: ARG002 - only ages move on
        if whole_second:
            self.show_all()

    def _paint_counts(self) -> None:
        styles, answer = look(self.app.theme), self.desk.moves.answer
        line = Text(no_wrap=True, overflow="ellipsis")
        if answer is None:
            line.append(_("not looked for yet"), styles["warning"])
        else:
            facts = {"proposals": len(answer.proposals), "stays": len(answer.stays)}
            line.append(_("{proposals} proposed, {stays} without a move", **facts), styles["title"])
            age = age_text(answer.as_of, self.desk.clock.now())
            line.append(f"   {_('looked {age} ago', age=age)}", styles["normal"])
            if answer.left_out:
                left = _("banks left out: {count}", count=len(answer.left_out))
                line.append(f"   {left}", styles["warning"])
        line.append("   ")
        self.add_hints(line, _("F7 accepts   d declines   r looks anew"))
        self.query_one("#counts", Static).update(line, layout=False)

    def _paint_detail(self) -> None:
        answer, styles = self.desk.moves.answer, look(self.app.theme)
        key = self.board.selected
        decided = self.desk.moves.decided
        cells = move_detail(key, answer, decided, self.desk.picture) if answer and key else []
        text = Text("\n").join(Text(cell.text, styles[cell.style]) for cell in cells)
        self.query_one("#detail", Static).update(text)
        self.query_one("#detail").set_class(not cells, "-empty")

    def on_board_highlighted(self) -> None:
        self._paint_detail()

    def on_board_chosen(self) -> None:
        self.post_message(LineTyped("choose"))

    # -- acts --

    def action_back(self) -> None:
        """To the blood, from which it is reached."""
        self.post_message(LineTyped("goto blood"))

    def label(self, act: str) -> str:
        return _("Accept") if act == "choose" else ""

    def can(self, act: str) -> str:
        if act == "refresh":
            return ""
        if act in ("choose", "keep"):
            if why_not := self.desk.may(Right.BLOOD):
                return why_not
            return "" if self.proposal else _("put the cursor on a proposed move")
        return super().can(act)

    async def do(self, act: str, *words: str) -> Result:
        if self.can(act):
            return Result(False, self.can(act))
        if act == "refresh":
            answer = await self.desk.moves.look()
            self.show_all()
            return Result(True, _("{count} moves proposed", count=len(answer.proposals)))
        proposal = self.proposal
        if proposal is None:
            return Result(False, _("put the cursor on a proposed move"))
        return await (self._accept(proposal) if act == "choose" else self._keep(proposal, *words))

    async def _accept(self, proposal: Proposal) -> Result:
        answer = await self.console.ask(
            YesNoDialog(lambda: _("Accept a move"), lambda: [self._sentence(proposal)])
        )
        if answer is not True:
            return Result(False, _("nothing was accepted"))
        return await self._decide(proposal, accept=True)

    async def _keep(self, proposal: Proposal, reason: str = "") -> Result:
        if not reason:
            agreed = self.desk.configuration.move_rules.decline_reasons
            words = tuple(Word(code=one.code, zh=one.zh, en=one.en) for one in agreed)
            answer = await self.console.ask(KeepMoveDialog(lambda: self._sentence(proposal), words))
            if not isinstance(answer, str):
                return Result(False, _("nothing was declined"))
            picked = next((word for word in words if word.code == answer), None)
            reason = picked.name.text(current()) if picked else answer
        return await self._decide(proposal, accept=False, reason=reason)

    async def _decide(self, proposal: Proposal, *, accept: bool, reason: str = "") -> Result:
        outcome = await self.desk.moves.decide(proposal.id, accept=accept, reason=reason)
        self.show_all()
        return result_of(outcome)

    def _sentence(self, proposal: Proposal) -> str:
        moved, picture = proposal.transfer, self.desk.picture
        component = picture.components[moved.component]
        giver, taker = picture.banks[moved.giver].name, picture.banks[moved.taker].name
        amount = quantity_text(moved.quantity, component, current())
        what = f"{name_text(component.name)} {spoken_groups(moved.groups)} {amount}"
        return f"{name_text(giver)} {symbols().to} {name_text(taker)}  {what}"


class _Body(Container):
    def compose(self) -> ComposeResult:
        yield Static("", id="counts")
        yield Board(id="moves")
        yield Static("", id="detail")
