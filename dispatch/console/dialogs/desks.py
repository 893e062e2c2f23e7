"""Who sits where and works on what."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from dispatch.console.dialogs.base import Dialog
from dispatch.console.dialogs.lending import scene_of
from dispatch.console.people import operator_text
from dispatch.console.ports import Desk
from dispatch.console.present_desks import desk_columns, desk_row
from dispatch.console.widgets.board import Board
from dispatch.language import _


class DesksDialog(Dialog[str]):
    """A list; Enter or F7 goes to the incident of the desk under the cursor."""

    DEFAULT_CSS = """
    DesksDialog > #box { width: 100; }
    DesksDialog Board { height: 12; }
    DesksDialog.-tall Board { height: 20; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "confirm", show=False)]

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def content(self) -> ComposeResult:
        yield Board(id="desks")

    @property
    def board(self) -> Board:
        return self.query_one("#desks", Board)

    def title_text(self) -> str:
        return _("Desks of the three cities")

    def keys_text(self) -> str:
        return _("Enter goes to the incident   Esc leave")

    def relabel(self) -> None:
        super().relabel()
        scene = scene_of(self.desk)
        self.board.set_columns(desk_columns(scene))
        self.board.set_empty(_("No other desk has told of itself"))
        self.frame()

    def frame(self) -> None:
        scene, picture = scene_of(self.desk), self.desk.picture
        home = self.desk.home_city
        known = sorted(
            picture.desks.items(), key=lambda pair: (pair[0][0] != home, not pair[1].online, pair[0])
        )
        rows = [
            desk_row(key, view, picture, scene, self.desk.seat, operator_text(self.desk, view.operator))
            for key, view in known
        ]
        self.board.show(rows)
        if self.board.selected is None and rows:
            self.board.select(rows[0].key)

    def on_board_chosen(self) -> None:
        self.action_confirm()

    def confirm(self) -> None:
        city, _slash, node = (self.board.selected or "").partition("/")
        view = next((v for (c, n), v in self.desk.picture.desks.items() if (c, n) == (city, node)), None)
        self.dismiss(str(view.incident) if view and view.incident else None)
