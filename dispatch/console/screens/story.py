"""The timeline of the incident under the cursor, in whichever of its two places there is room."""

from collections.abc import Sequence

from rich.text import Text
from textual.widget import Widget

from dispatch.console.ports import Desk
from dispatch.console.present_cells import lay_out
from dispatch.console.present_timeline import timeline_columns, timeline_rows
from dispatch.console.reasons import saying
from dispatch.console.widgets.board import Board
from dispatch.console.widgets.board_lines import GAP
from dispatch.domain.incidents import IncidentId
from dispatch.language import _

OFF, PANE, FULL = "", "-lines", "-full"


class Story:
    """Fills those of its boards that are in view, and only when there is something new to say."""

    def __init__(self, boards: Sequence[Board], desk: Desk) -> None:
        self.boards, self.desk = tuple(boards), desk
        self.place = OFF
        """Where it was asked for: nowhere, beside the list, or over the whole screen."""
        self.shown: tuple[object, ...] = ()

    def relabel(self) -> None:
        """Titles and lines in the language in use."""
        for board in self.boards:
            board.set_columns(timeline_columns())
            board.set_empty(_("Nothing was written down yet\nb writes a note; t closes this"))
            board.border_title = Text(_("Timeline"))
        self.shown = ()

    def next_place(self, *, wall: bool, only_open: bool) -> str:
        """Beside the list, over the whole screen, away again; a wall has it beside the list always."""
        steps = [OFF, FULL] if wall else [OFF, PANE, FULL]
        return PANE if only_open and not wall else steps[(steps.index(self.place) + 1) % len(steps)]

    def tell(self, place: str, body: Widget) -> None:
        """Stand in another place of the body of its screen."""
        self.place = place
        body.set_class(place == PANE, PANE).set_class(place == FULL, FULL)

    def show(self, incident: IncidentId | None) -> None:
        """The lines of an incident, newest first; nothing is done while no board is in view."""
        for board in self.boards:
            if not board.display:
                continue
            entries = self.desk.timeline(incident) if incident else ()
            cells = self._text_cells(board)
            now = self.desk.clock.now()
            shown = (board, incident, len(entries), entries[-1].number if entries else 0, cells, now.date())
            if shown == self.shown:
                continue
            fresh = self.shown[:2] != shown[:2]
            self.shown = shown
            board.show(timeline_rows(entries, self.desk.picture, saying(self.desk), now, cells))
            if fresh or not board.has_focus:
                board.select(None)
                board.show_top()

    @staticmethod
    def _text_cells(board: Board) -> int:
        columns = timeline_columns()
        layout = lay_out(columns, max(20, board.scrollable_content_region.width), GAP)
        return next(width for index, width in layout if columns[index].key == "what")
