"""The crews and orders of the incident under the cursor; they take only the lines they need."""

from dispatch.console.crews import crews_of
from dispatch.console.present_orders import crew_columns, crew_row
from dispatch.console.reasons import saying
from dispatch.console.screens.base import ConsoleScreen
from dispatch.console.widgets.board import Board
from dispatch.domain.incidents import Incident

_SHOWN = {"-narrow": 2, "-middle": 4, "-wide": 6, "-wall": 8}
"""Crews in view at once; the others are scrolled to, the most worrying stands first."""


class CrewLines:
    """Fills a board of a screen; nobody is selected on it before it has the focus."""

    def __init__(self, board: Board, screen: ConsoleScreen) -> None:
        self.board, self._screen = board, screen

    def relabel(self) -> None:
        self.board.set_columns(crew_columns())

    def show(self, incident: Incident | None) -> None:
        screen, board = self._screen, self.board
        desk, scene, word_of = screen.desk, screen.scene, saying(screen.desk)
        rows = [
            crew_row(
                crew, scene, desk.picture.hospitals, word_of(crew.status.reason or "") if crew.status else ""
            )
            for crew in (crews_of(incident, desk) if incident else [])
        ]
        board.show(rows)
        if not board.has_focus:
            board.select(None)
        elif rows and board.selected is None:
            board.select(rows[0].key)
        most = next((crews for name, crews in _SHOWN.items() if screen.has_class(name)), 2)
        height = board.lines_of(min(len(rows), most))
        if board.styles.height is None or board.styles.height.value != height:
            board.styles.height = height
        board.set_class(bool(rows), "-on")

    @property
    def selected(self) -> str | None:
        """The unit under the cursor, while it is here."""
        return self.board.selected if self.board.has_focus else None

    def shows(self, changed: set[str]) -> bool:
        """Whether one of these units is among the crews."""
        return bool(changed & set(self.board.keys))
