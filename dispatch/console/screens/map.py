"""The map of the three cities; a place picked on it opens the form for a new incident there."""

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from dispatch.console.map_export import map_geojson, map_svg
from dispatch.console.present import SHANGHAI, name_text
from dispatch.console.present_lines import Reckoning, eta_rings, on_the_way, routes
from dispatch.console.present_map import map_base, map_layers
from dispatch.console.results import LineTyped, Result
from dispatch.console.screens.base import ConsoleScreen, Dirty
from dispatch.console.screens.details import incident_detail, unit_detail
from dispatch.console.theme import look, palette
from dispatch.console.widgets.map import MapView
from dispatch.console.widgets.map_layers import MapBase, Mark, Outline
from dispatch.domain.blood import Bank
from dispatch.domain.geography import Bridge, Position, Site
from dispatch.domain.hospitals import Hospital
from dispatch.domain.incidents import IncidentId
from dispatch.domain.units import UnitId
from dispatch.language import _, current

_MOVING = frozenset({"unit", "incident", "city", "bank", "hospital"})
_CLOSE_KM = 0.05
"""Width of a cell when one thing is brought into view."""
_STREET_KM = 0.015
_RINGS_HOLD_S = 60
"""Rings are reckoned anew so often: the hour changes how fast one drives."""
_ACTS = frozenset({"point", "zoom", "follow", "rings", "routes", "export"})


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
        self.all_routes, self.ringing = False, False
        self._rings: tuple[object, list[Outline], list[Mark]] = (None, [], [])
        super().on_mount()

    def relabel(self) -> None:
        self.base = map_base(self.console.ground, tuple(self.desk.picture.cities.values()), self.roads())
        self.show_all()

    def show_all(self) -> None:
        if self.ready:
            lines, notes = self._lines()
            layers = map_layers(self.desk.picture, self.scene, self.base, self.shown, lines, notes)
            self.map.show(layers)
            self._paint_detail()

    def _lines(self) -> tuple[list[Outline], list[Mark]]:
        """Ways of moving units, and rings of minutes around what is looked at."""
        picture, scene = self.desk.picture, self.scene
        by = Reckoning(picture.bridges, self.desk.configuration.dispatch_rules, scene.now)
        bound = on_the_way(picture, self.shown, everyone=self.all_routes)
        lines = [routes(bound, picture, scene, by)] if bound else []
        at = self._where(*self.shown) if self.ringing and self.shown else None
        if at is None:
            return lines, []
        minutes = self.limits.map.rings_min
        known = (at, minutes, picture.bridges, int(scene.now.timestamp()) // _RINGS_HOLD_S, current())
        if self._rings[0] != known:
            self._rings = (known, *eta_rings(at, minutes, by))
        return [*self._rings[1], *lines], self._rings[2]

    def _where(self, kind: str, key: str) -> Position | None:
        """Where something is that can be pointed at."""
        picture = self.desk.picture
        if kind == "unit" and UnitId(key) in picture.fleet:
            fix = picture.fleet.view(UnitId(key)).fix
            return fix.position if fix else None
        if kind == "incident" and IncidentId(key) in picture.incidents:
            return picture.incidents[IncidentId(key)].position
        place = self._place(kind, key)
        return place[1] if place else None

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
        tables: dict[str, Iterable[Site | Hospital | Bank | Bridge]] = {
            "hospital": picture.hospitals.values(),
            "bank": picture.banks.values(),
            "bridge": picture.bridges,
        }
        found = next((each for each in tables.get(kind, picture.sites.values()) if each.id == key), None)
        if found is None:
            return None
        closed = isinstance(found, Bridge) and found.closed
        name = name_text(found.name)
        return (f"{name}  {_('closed: no way is reckoned over it')}" if closed else name), found.position

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
        at = self._where(kind, key)
        if at is None:
            return False
        self.shown = (kind, key)
        self.map.centre(at, _CLOSE_KM)
        self.show_all()
        return True

    def can(self, act: str) -> str:
        if act == "choose":
            return "" if self.selected("incident") else _("point at an incident first (Enter or a click)")
        return "" if act in _ACTS else super().can(act)

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
        if act == "follow":
            return self._follow(words[0])
        if act in ("rings", "routes"):
            return self._draw_more(act, words[0])
        if act == "export":
            return await self._export(words[0])
        return Result(False, self.can(act))

    def _follow(self, named: str) -> Result:
        unit = named or self.selected("unit") or ""
        if not named and (self.map.following or not unit):
            was = self.map.following
            self.map.follow(None)
            if was:
                return Result(True, _("{unit} is not followed any more", unit=was))
            return Result(False, _("point at a unit first (Enter or a click)"))
        if UnitId(unit) not in self.desk.picture.fleet or self._where("unit", unit) is None:
            return Result(False, _("nobody knows where {unit} is", unit=unit))
        self.show_one("unit", unit)
        self.map.follow(unit)
        return Result(True, _("{unit} stays in the middle until the map is moved", unit=unit))

    def _draw_more(self, act: str, how: str) -> Result:
        before = self.ringing if act == "rings" else self.all_routes
        after = how == "on" if how else not before
        if act == "rings":
            self.ringing = after
            said = _(
                "Rings of {minutes} min", minutes=_(", ").join(f"{m:g}" for m in self.limits.map.rings_min)
            )
            if after and self.shown is None:
                said += "  " + _("point at a place first (Enter or a click)")
        else:
            self.all_routes = after
            said = _("The ways of all units are drawn")
        self.show_all()
        off = _("No rings") if act == "rings" else _("Only the ways of what is pointed at are drawn")
        return Result(True, said if after else off)

    async def _export(self, wanted: str) -> Result:
        """Write what is shown now; the name tells the moment."""
        layers, window = self.map.shown, self.map.window
        if wanted == "svg":
            theme = self.app.theme
            text = map_svg(layers, window, look(theme), palette(theme).background)
        else:
            text = json.dumps(map_geojson(layers), ensure_ascii=False, separators=(",", ":"))
        moment = self.scene.now.astimezone(SHANGHAI)
        folder = self.desk.configuration.settings.data_dir / "maps"
        path = folder / f"map-{moment:%Y%m%d-%H%M%S}.{wanted}"
        try:
            await asyncio.to_thread(_write, path, text)
        except OSError as error:
            why = error.strerror or str(error)
            return Result(False, _("cannot write {file}: {error}", file=path, error=why))
        return Result(True, _("Map written: {file}", file=path))

    def _zoom(self, how: str) -> Result:
        if how in ("in", "out"):
            self.map.zoom(1 if how == "in" else -1)
            return Result(True, _("closer") if how == "in" else _("further away"))
        if how == "street":
            at = self._where(*self.shown) if self.shown else None
            window = self.map.window
            self.map.centre(at or Position(lat=window.lat, lon=window.lon), _STREET_KM)
            return Result(True, _("Street scale"))
        how = str(self.desk.home_city) if how == "home" else how
        city = next((city for code, city in self.desk.picture.cities.items() if code == how), None)
        self.map.preset(how if city else "")
        return Result(
            True, _("Map of {city}", city=name_text(city.name)) if city else _("Map of the three cities")
        )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


class _Body(Container):
    def compose(self) -> ComposeResult:
        yield MapView(id="map")
        yield Static("", id="detail")
