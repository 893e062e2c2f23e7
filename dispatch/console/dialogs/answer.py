"""The answer to a neighbour: which units to lend with what is kept live beside them, later, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from dispatch.console.dialogs.base import Dialog
from dispatch.console.dialogs.fields import ChoiceRow, Field
from dispatch.console.neighbours import Part, claimed_elsewhere, part_of, room
from dispatch.console.offering import first_offer, is_free, own_candidates
from dispatch.console.ports import Desk
from dispatch.console.present import AgeLimits, Scene, city_name
from dispatch.console.present_aids import (
    aid_word,
    asked_by_text,
    headline,
    keeps_cells,
    left_text,
    what_text,
    who_text,
)
from dispatch.console.present_cells import Cell
from dispatch.console.present_offer import offer_columns, offer_row
from dispatch.console.reasons import code_of, said_words, saying
from dispatch.console.theme import look
from dispatch.console.widgets.board import Board
from dispatch.console.widgets.reasons import ReasonList
from dispatch.domain.aid import Aid, AidAct, AidId, AidKind
from dispatch.domain.units import UnitId
from dispatch.language import _
from dispatch.text import fold, safe_text

_LOW, _LINES_LOW, _LINES_TALL = 32, 6, 14
"""Units that are listed at once on a terminal of fewer rows, and on a taller one; the others scroll."""
_NO_LIMITS = AgeLimits(1e9, 1e9, 1e9)


@dataclass(frozen=True, slots=True)
class AidReply:
    """What is answered: COMMIT with units, ACCEPT, or DECLINE with a reason (a code or free text)."""

    act: AidAct
    units: tuple[UnitId, ...] = ()
    reason: str = ""


class AnswerDialog(Dialog[AidReply]):
    """Space or a digit marks units, the row above is the kind of answer; F7 gives it, Esc leaves it open."""

    DEFAULT_CSS = """
    AnswerDialog > #box { width: 100; }
    AnswerDialog #nouns { text-style: bold; color: $strong; padding: 0 1; }
    AnswerDialog #clock { padding: 0 1; }
    AnswerDialog #after { padding: 0 1; height: auto; }
    AnswerDialog #lend, AnswerDialog #decline { height: auto; }
    AnswerDialog #decline { display: none; }
    AnswerDialog ReasonList { margin: 1 0; }
    AnswerDialog #wrong { color: $warning; padding: 0 1; display: none; }
    AnswerDialog #wrong.-on { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "confirm", show=False),
        Binding("space", "mark", show=False),
    ]

    def __init__(self, desk: Desk, aid: Aid, units: Sequence[UnitId] = (), act: AidAct | None = None) -> None:
        """`units` are marked at first instead of those that the ranking would offer."""
        super().__init__()
        self.desk, self.asked = desk, aid
        self.words = desk.configuration.incident_words.decline
        self.candidates = own_candidates(desk, aid) if aid.kind is AidKind.UNITS else []
        self.kept = desk.keeps(desk.home_city, aid.priority, 0)
        self.marked = list(units or first_offer(aid, self.candidates, self.kept))
        self.deed = act or (AidAct.COMMIT if aid.kind is AidKind.UNITS else AidAct.ACCEPT)

    @property
    def aid(self) -> Aid:
        """The request as it stands now; as it was asked about where it has gone."""
        return self.desk.picture.aids.get(AidId(self.asked.id), self.asked)

    @property
    def scene(self) -> Scene:
        return Scene.of(self.desk.picture, self.desk.clock.now(), _NO_LIMITS)

    # -- what is shown --

    def content(self) -> ComposeResult:
        yield Static("", id="nouns")
        yield Static("", id="clock")
        answers = [(AidAct.DECLINE, lambda: _("decline"))]
        if self.asked.kind is AidKind.UNITS:
            answers = [
                (AidAct.COMMIT, lambda: _("lend units")),
                (AidAct.ACCEPT, lambda: _("yes, units named later")),
                *answers,
            ]
        else:
            answers = [(AidAct.ACCEPT, lambda: _("take it over")), *answers]
        yield Field("answer", lambda: _("Answer"), ChoiceRow(answers, value=self.deed, shy=True, id="answer"))
        with Vertical(id="lend"):
            yield Board(id="units")
            yield Static("", id="after")
        with Vertical(id="decline"):
            yield ReasonList(said_words(self.words), takes=False, id="reasons")
            yield Field("reason", lambda: _("Other reason"), Input(id="reason", max_length=100))
        yield Static("", id="wrong")

    def title_text(self) -> str:
        return headline(self.aid, self.scene)

    def keys_text(self) -> str:
        if self.deed is AidAct.DECLINE:
            return _("1-9 reason   Tab next field   F7 declines   Esc leaves it open")
        if self.deed is AidAct.COMMIT:
            return _("Space or 1-9 marks   Tab next field   F7 lends   Esc leaves it open")
        return _("Tab next field   F7 answers   Esc leaves it open")

    def on_mount(self) -> None:
        super().on_mount()
        board = self.query_one("#units", Board)
        if self.candidates and self.deed is AidAct.COMMIT:
            board.focus()

    def relabel(self) -> None:
        super().relabel()
        board = self.query_one("#units", Board)
        board.set_columns(offer_columns())
        board.set_empty(_("No unit of ours is free for this"))
        reasons = self.query_one("#reasons", ReasonList)
        picked = reasons.at
        reasons.give(said_words(self.words))
        reasons.at = picked
        self.frame()

    def frame(self) -> None:
        """The clock runs, units come and go, another desk may answer first."""
        aid, scene, styles = self.aid, self.scene, look(self.app.theme)
        nouns = Text(f"{safe_text(aid.incident)}  {what_text(aid)}")
        if aid.reason:
            nouns.append(f"\n{_('reason: {reason}', reason=saying(self.desk)(aid.reason))}", styles["normal"])
        self.query_one("#nouns", Static).update(nouns)
        clock = Text(asked_by_text(aid, scene.now), styles["normal"])
        clock.append(f"  {left_text(aid, scene.now)}", styles["warning"])
        who = who_text(aid, self.desk.seat)
        clock.append(f"  {who}" if who else "", styles["dim"])
        self.query_one("#clock", Static).update(clock)
        self._show_part(aid)
        self._show_units()
        self._show_after()
        if trouble := self._trouble(aid):
            self._complain(trouble)

    def _show_part(self, aid: Aid) -> None:
        lending = aid.kind is AidKind.UNITS and self.deed is AidAct.COMMIT
        self.query_one("#lend").display = lending
        self.query_one("#decline").display = self.deed is AidAct.DECLINE
        self.query_one("#box").border_subtitle = Text(self.keys_text())

    def _show_units(self) -> None:
        board, picture = self.query_one("#units", Board), self.desk.picture
        rows = [
            offer_row(
                number,
                unit,
                picture,
                marked=unit.unit in self.marked,
                wanted=unit.unit in self.asked.wanted,
            )
            for number, unit in enumerate(self.candidates, 1)
        ]
        most = _LINES_LOW if self.app.size.height < _LOW else _LINES_TALL
        board.styles.height = 1 + max(3, min(len(rows), most))
        board.show(rows)
        board.freeze(True)  # whoever is choosing never has the list move under him
        if board.selected is None and rows:
            board.select(rows[0].key)

    def _show_after(self) -> None:
        """What is lent and what is kept then, before anybody says yes."""
        aid, styles = self.aid, look(self.app.theme)
        text = Text()
        named = " ".join(map(safe_text, self.marked))
        facts = {"units": named, "marked": len(self.marked), "count": room(aid)}
        line = _("lends {units} ({marked} of {count})", **facts) if named else _("nobody is marked yet")
        text.append(line, styles["title"])
        keeps = self.desk.keeps(self.desk.home_city, aid.priority, len(self.marked), tuple(self.marked))
        self.kept = self.desk.keeps(self.desk.home_city, aid.priority, 0)
        city = city_name(self.desk.home_city, self.scene)
        cells: list[Cell] = keeps_cells(keeps, city, self.kept.bare_stations)
        if not self.marked and self.kept.free <= self.kept.reserve:
            cells.append(Cell(_("any loan goes below the reserve"), "warning"))
        for cell in cells:
            text.append(f"\n{cell.text}", styles[cell.style])
        self.query_one("#after", Static).update(text)

    def _trouble(self, aid: Aid) -> str:
        """Why an answer is not wanted any more, or who else is at it."""
        if not self._open(aid):
            return _("this request is over: {state}", state=aid_word(Part.OVER, aid))
        if claimed_elsewhere(aid, self.desk.seat):
            return _("{by} is answering this request", by=safe_text(aid.claimed_by, 60))
        return ""

    def _open(self, aid: Aid) -> bool:
        """Whether something can still be answered: a loan that has room takes more units."""
        part = part_of(aid, self.desk.home_city, self.desk.clock.now())
        return part in (Part.ANSWER, Part.NAME) or (part is Part.LENT and room(aid) > 0)

    # -- what is done --

    def on_choice_row_changed(self) -> None:
        self.deed = self.query_one("#answer", ChoiceRow).value
        self._complain("")
        self.frame()

    def on_board_chosen(self) -> None:
        self.action_confirm()

    def on_input_submitted(self) -> None:
        self.action_confirm()

    def on_key(self, event: events.Key) -> None:
        """A digit marks the unit of that line while the list has the focus, where the answers show none."""
        digit = fold(event.character or "")
        board = self.query_one("#units", Board)
        if board.has_focus and digit.isdigit() and 1 <= int(digit) <= len(board.keys):
            event.stop()
            self._toggle(UnitId(board.keys[int(digit) - 1]))

    def action_mark(self) -> None:
        board = self.query_one("#units", Board)
        if board.has_focus and board.selected:
            self._toggle(UnitId(board.selected))

    def _toggle(self, unit: UnitId) -> None:
        if unit in self.marked:
            self.marked.remove(unit)
        else:
            self.marked.append(unit)
        self._complain("")
        self.frame()

    def confirm(self) -> None:
        reason = self._reason() if self.deed is AidAct.DECLINE else ""
        wrong = self._wrong(reason)
        self._complain(wrong)
        if not wrong:
            units = tuple(self.marked) if self.deed is AidAct.COMMIT else ()
            self.dismiss(AidReply(self.deed, units, reason))

    def _wrong(self, reason: str) -> str:
        if not self._open(self.aid):
            return self._trouble(self.aid)
        if self.deed is AidAct.DECLINE:
            return "" if reason else _("give a reason")
        if self.deed is AidAct.COMMIT:
            if not self.marked:
                return _("mark the units to lend, or choose another answer")
            if len(self.marked) > room(self.aid):
                return _("only {count} were asked for", count=room(self.aid))
            gone = [unit for unit in self.marked if not is_free(self.desk, unit)]
            return _("not free any more: {units}", units=" ".join(gone)) if gone else ""
        return ""

    def _reason(self) -> str:
        typed = self.query_one("#reason", Input).value.strip()
        at = self.query_one("#reasons", ReasonList).at
        return code_of(typed, self.words) if typed else "" if at is None else self.words[at].code

    def _complain(self, wrong: str) -> None:
        line = self.query_one("#wrong", Static)
        line.update(Text(safe_text(wrong)))
        line.set_class(bool(wrong), "-on")
