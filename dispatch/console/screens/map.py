"""The map of the three cities; a place picked on it opens the form for a new incident there."""

from collections.abc import Iterable

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from dispatch.console.present import name_text
from dispatch.console.present_map import map_base, map_layers
from dispatch.console.results import LineTyped, Result
from dispatch.console.screens.base import ConsoleScreen, Dirty
from dispatch.console.screens.details import incident_detail, unit_detail
from dispatch.console.theme import look
from dispatch.console.widgets.map import MapView
from dispatch.console.widgets.map_layers import MapBase
from dispatch.domain.blood import Bank
from dispatch.domain.geography import Position, Site
from dispatch.domain.hospitals import Hospital
from dispatch.domain.incidents import IncidentId
from dispatch.domain.units import UnitId
from dispatch.language import _

_MOVING = frozenset({"unit", "incident", "city", "bank", "hospital"})
_CLOSE_KM = 0.05
"""Width of a cell when one thing is brought into view."""


class MapScreen(ConsoleScreen):
    """F5."""

    NAME = "map"
    AUTO_FOCUS = "MapView"
    DEFAULT_CSS = """
    MapScreen #detail { display: none; height: 5; background: $surface; padding: 0 1; }
    MapScreen #detail.-on { display: block; }
    MapScreen.-wide #body, MapScreen.-wall #body { layout: horizontal; }
    MapScreen.-wide #detail.-on, MapScreen.-wall #detail.-on {
        width: 44; height: 1fr; border-top: none; border-left: solid $faint;
    }
    """

    def body(self) -> Widget:
        return _Body(id="body")

    @property
    def map(self) -> MapView:
        return self.query_one(MapView)

    def on_mount(self) -> None:
        self.base = MapBase()
        self.lines = 0
        self.shown: tuple[str, str] | None = None
        super().on_mount()

    def relabel(self) -> None:
        self.base = map_base(self.console.ground, tuple(self.desk.picture.cities.values()))
        self.show_all()

    def show_all(self) -> None:
        if self.ready:
            self.map.show(map_layers(self.desk.picture, self.scene, self.base, self.shown))
            self._paint_detail()

    def frame(self, dirty: Dirty, whole_second: bool) -> None:
        if whole_second or _MOVING & dirty.keys():
            self.show_all()

    def _paint_detail(self) -> None:
        picture, scene, styles = self.desk.picture, self.scene, look(self.app.theme)
        kind, key = self.shown or ("", "")
        text: Text | None = None
        if kind == "unit" and UnitId(key) in picture.fleet:
            text = unit_detail(picture.fleet.view(UnitId(key)), scene, picture, styles)
        elif kind == "incident" and IncidentId(key) in picture.incidents:
            text = incident_detail(picture.incidents[IncidentId(key)], scene, styles)
        elif place := self._place(kind, key):
            text = Text(place[0], styles["title"])
        box = self.query_one("#detail", Static)
        lines = text.plain.count("\n") if text else 0
        box.update(text or Text(""), layout=lines != self.lines)
        box.set_class(text is not None, "-on")
        self.lines = lines

    def _place(self, kind: str, key: str) -> tuple[str, Position] | None:
        """Name and position of a place that stands still."""
        picture = self.desk.picture
        tables: dict[str, Iterable[Site | Hospital | Bank]] = {
            "hospital": picture.hospitals.values(),
            "bank": picture.banks.values(),
        }
        found = next((each for each in tables.get(kind, picture.sites.values()) if each.id == key), None)
        return (name_text(found.name), found.position) if found is not None else None

    def on_map_view_selected(self, event: MapView.Selected) -> None:
        self.shown = (event.kind, event.key)
        self.show_all()

    def on_map_view_picked(self, event: MapView.Picked) -> None:
        self.map.pick(False)
        self.post_message(LineTyped(f"new {event.position.lat:.6f},{event.position.lon:.6f}"))

    # -- acts --

    def selected(self, kind: str) -> str | None:
        return self.shown[1] if self.shown and self.shown[0] == kind else None

    def show_one(self, kind: str, key: str) -> bool:
        picture = self.desk.picture
        at: Position | None = None
        if kind == "unit" and UnitId(key) in picture.fleet:
            fix = picture.fleet.view(UnitId(key)).fix
            at = fix.position if fix else None
        elif kind == "incident" and IncidentId(key) in picture.incidents:
            at = picture.incidents[IncidentId(key)].position
        elif place := self._place(kind, key):
            at = place[1]
        if at is None:
            return False
        self.shown = (kind, key)
        self.map.centre(at, _CLOSE_KM)
        self.show_all()
        return True

    def can(self, act: str) -> str:
        if act == "choose":
            return "" if self.selected("incident") else _("point at an incident first (Enter or a click)")
        return "" if act in ("point", "zoom") else super().can(act)

    async def do(self, act: str, *words: str) -> Result:
        if act == "zoom":
            return self._zoom(words[0])
        if act == "point":
            self.map.pick(True)
            self.map.focus()
            return Result(True, _("Point at the place: arrows and Enter, or a click"))
        if act == "choose" and (incident := self.selected("incident")):
            await self.console.show("incident", incident)
            return await self.console.do("choose")
        return Result(False, self.can(act))

    def _zoom(self, how: str) -> Result:
        if how in ("in", "out"):
            self.map.zoom(1 if how == "in" else -1)
            return Result(True, _("closer") if how == "in" else _("further away"))
        city = next((city for code, city in self.desk.picture.cities.items() if code == how), None)
        self.map.preset(how if city else "")
        return Result(
            True, _("Map of {city}", city=name_text(city.name)) if city else _("Map of the three cities")
        )


class _Body(Container):
    def compose(self) -> ComposeResult:
        yield MapView(id="map")
        yield Static("", id="detail")
