"""What stands around the incidents where there is room: the map, on a wall free units and stock."""

from dispatch.console.present import unit_columns, unit_row
from dispatch.console.present_cells import Row
from dispatch.console.present_map import map_base, map_layers
from dispatch.console.present_stock import stock_table
from dispatch.console.screens.base import ConsoleScreen
from dispatch.console.widgets.board import Board
from dispatch.console.widgets.map import MapView
from dispatch.console.widgets.map_layers import MapBase
from dispatch.console.widgets.matrix import StockMatrix
from dispatch.domain.units import UnitId


class Surroundings:
    """Fills those of its panes that are in view; units that changed are gathered until the next painting."""

    def __init__(self, screen: ConsoleScreen) -> None:
        self._screen = screen
        self._base = MapBase()
        self._changed: set[str] = set()
        self._aged = False

    def relabel(self) -> None:
        screen = self._screen
        cities = screen.desk.picture.cities
        screen.query_one("#fleet", Board).set_columns(unit_columns(cities))
        self._base = map_base(screen.console.ground, tuple(cities.values()), screen.roads())

    def mark(self, units: set[str], *, aged: bool) -> None:
        """These units have changed; `aged`: all ages have moved on."""
        self._changed |= units
        self._aged = self._aged or aged

    def follow(self, incident: str | None) -> None:
        """Paint what was marked."""
        changed, self._changed = self._changed, set()
        self.show(incident, changed)
        if self._aged:
            self._screen.query_one("#fleet", Board).refresh_rows()
        self._aged = False

    def show(self, incident: str | None, changed: set[str] | None = None) -> None:
        """Paint for the incident under the cursor; `changed`: the units that differ, None: all may."""
        screen = self._screen
        picture, scene = screen.desk.picture, screen.scene
        if screen.query_one("#around").display:
            shown = ("incident", incident) if incident else None
            screen.query_one(MapView).show(map_layers(picture, scene, self._base, shown))
        if not screen.query_one("#right").display:
            return
        fleet = picture.fleet

        def row_of(key: str) -> Row:
            return unit_row(fleet.view(UnitId(key)), screen.scene, picture.sites, picture.hospitals)

        pairs = zip(fleet.units, fleet.statuses, strict=True)
        free = [unit.id for unit, status in pairs if status is not None and status.state.dispatchable]
        screen.query_one("#fleet", Board).show_keys(free, row_of, changed)
        screen.query_one(StockMatrix).show(stock_table(picture, scene, screen.limits.stock))
