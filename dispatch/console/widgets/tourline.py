"""The panel of the guided tour: laid out between the screen and its lower lines, it covers nothing."""

from rich.text import Text
from textual.widgets import Static

from dispatch.console.faults import Guarded
from dispatch.console.theme import look


class TourLine(Guarded, Static):
    """Nothing while nobody takes the tour."""

    DEFAULT_CSS = "TourLine { height: auto; max-height: 4; display: none; padding: 0 1; background: $panel; }"

    def __init__(self) -> None:
        super().__init__("")
        self.said = ""

    def show(self, said: str) -> None:
        """Paint the sentence; an empty one takes the panel away."""
        if said == self.said:
            return
        self.said = said
        self.display = bool(said)
        self.update(Text(said, style=look(self.app.theme)["strong"]))
