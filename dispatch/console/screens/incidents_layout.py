"""Where things stand on the incidents screen, from 80 to 240 columns."""

from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Static

from dispatch.console.widgets.board import Board
from dispatch.console.widgets.map import MapView
from dispatch.console.widgets.matrix import StockMatrix
from dispatch.console.widgets.ranking import RankingView

CSS = """
IncidentsScreen #left { height: 6; }
IncidentsScreen #header { height: 3; padding: 0 1; background: $surface; }
IncidentsScreen #header { text-wrap: nowrap; text-overflow: ellipsis; }
IncidentsScreen.-low #header { height: 2; }
IncidentsScreen.-low RankingView > .ranking--notes { max-height: 1; }
IncidentsScreen.-low RankingView > .ranking--detail { max-height: 3; }
IncidentsScreen #notice { height: 1; padding: 0 1; background: $panel; display: none; }
IncidentsScreen #notice.-on { display: block; }
IncidentsScreen #crews { height: 3; display: none; }
IncidentsScreen #crews.-on { display: block; }
IncidentsScreen RankingView { border-top: solid $faint; border-title-color: $dim; }
IncidentsScreen RankingView:focus-within { border-top: heavy $accent; border-title-color: $strong; }
IncidentsScreen .timeline { border-top: solid $faint; border-title-color: $dim; display: none; }
IncidentsScreen .timeline:focus { border-top: heavy $accent; border-title-color: $strong; }
IncidentsScreen #right, IncidentsScreen #around { display: none; }
IncidentsScreen.-narrow #middle.-units #hospitals { display: none; }
IncidentsScreen.-narrow #middle.-hospitals #units { display: none; }
IncidentsScreen.-tall #left { height: 30%; }
IncidentsScreen.-middle #rankings { layout: horizontal; }
IncidentsScreen.-wide #body, IncidentsScreen.-wall #body { layout: horizontal; }
IncidentsScreen.-wide #left { width: 76; height: 1fr; border-right: solid $faint; }
IncidentsScreen.-wall #left { width: 84; height: 1fr; border-right: solid $faint; }
IncidentsScreen.-wide #around, IncidentsScreen.-wall #around { display: block; border-top: solid $faint; }
IncidentsScreen.-wide #header, IncidentsScreen.-wall #header { height: 4; }
IncidentsScreen.-wide #middle, IncidentsScreen.-wall #middle { width: 1fr; }
IncidentsScreen.-wide #units, IncidentsScreen.-wall #units { height: 3fr; }
IncidentsScreen.-wide #hospitals, IncidentsScreen.-wall #hospitals { height: 2fr; }
IncidentsScreen.-wall #right { display: block; width: 80; border-left: solid $faint; }
IncidentsScreen.-wall #lines { display: block; }
IncidentsScreen #stock { border-top: solid $faint; }

IncidentsScreen.-narrow #body.-lines #rankings { display: none; }
IncidentsScreen.-middle #body.-lines #rankings { display: none; }
IncidentsScreen.-narrow #body.-lines #story { display: block; }
IncidentsScreen.-middle #body.-lines #story { display: block; }
IncidentsScreen.-wide #body.-lines #lines { display: block; }
IncidentsScreen.-wide #body.-lines #around { display: none; }
IncidentsScreen #body.-full #left, IncidentsScreen #body.-full #right { display: none; }
IncidentsScreen #body.-full #crews, IncidentsScreen #body.-full #rankings { display: none; }
IncidentsScreen #body.-full #story { display: block; }
IncidentsScreen #body.-full #header { height: 4; }
"""


class Body(Container):
    """Incidents and what is around them; what to do for the one under the cursor; on a wall what is free."""

    def compose(self) -> ComposeResult:
        with Container(id="left"):
            yield Board(id="incidents")
            yield Board(id="lines", classes="timeline")
            yield MapView(id="around")
        with Container(id="middle", classes="-units"):
            yield Static("", id="header")
            yield Static("", id="notice")
            yield Board(id="crews")
            with Container(id="rankings"):
                yield RankingView(id="units")
                yield RankingView(id="hospitals")
            yield Board(id="story", classes="timeline")
        with Container(id="right"):
            yield Board(id="fleet")
            yield StockMatrix(id="stock")
