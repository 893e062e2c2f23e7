"""The map: pan, zoom, presets, follow a unit, pick a place; only lines that changed are drawn."""

from itertools import pairwise
from typing import ClassVar

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from dispatch.console.faults import Guarded
from dispatch.console.symbols import symbols
from dispatch.console.theme import look
from dispatch.console.widgets.braille import Canvas
from dispatch.console.widgets.map_foot import attribution, legend, pointing
from dispatch.console.widgets.map_frame import Frame, StyleNumbers, draw, draw_base
from dispatch.console.widgets.map_layers import MapLayers
from dispatch.console.widgets.map_projection import Window
from dispatch.console.widgets.paint import line
from dispatch.domain.geography import Position
from dispatch.text import safe_text

_FOOT = 2
_PAN_CELLS = (8, 4)
_ZOOM = 1.5
_REACH_CELLS = 2


class MapView(Guarded, Widget, can_focus=True):
    """Districts, river, places, units and incidents; posts Picked(position) and Selected(kind, key)."""

    DEFAULT_CSS = "MapView { height: 1fr; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "pan(-1, 0)", show=False),
        Binding("right,l", "pan(1, 0)", show=False),
        Binding("up,k", "pan(0, -1)", show=False),
        Binding("down,j", "pan(0, 1)", show=False),
        Binding("plus,equals_sign,pageup", "zoom(1)", show=False),
        Binding("minus,pagedown", "zoom(-1)", show=False),
        Binding("home", "preset('')", show=False),
        Binding("enter", "pick_here", show=False),
        Binding("escape", "stop_picking", show=False),
    ]

    class Picked(Message):
        """The operator pointed at a place."""

        def __init__(self, view: "MapView", position: Position) -> None:
            super().__init__()
            self.view, self.position = view, position

        @property
        def control(self) -> "MapView":
            return self.view

    class Selected(Message):
        """The operator pointed at a thing: kind "unit", "incident", "hospital", "bank" or "station"."""

        def __init__(self, view: "MapView", kind: str, key: str) -> None:
            super().__init__()
            self.view, self.kind, self.key = view, kind, key

        @property
        def control(self) -> "MapView":
            return self.view

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._layers = MapLayers()
        self._window = Window(28.0, 113.0, 1.0, 1, 1)
        self._preset: str | None = ""
        self._canvas: Canvas | None = None
        self._frame: Frame | None = None
        self._numbers = StyleNumbers()
        self._set = symbols().name
        self._cursor: tuple[int, int] | None = None
        self._following: str | None = None

    # -- what to show --

    def show(self, layers: MapLayers) -> None:
        """Show one moment; the base is drawn anew only when it or the window changed."""
        new_base = layers.base is not self._layers.base
        if layers.legend != self._layers.legend:
            self.refresh(Region(0, self._window.height, self.size.width, _FOOT))
        self._layers = layers
        if new_base and self._preset is not None:
            self._fit_preset()
        if new_base or self._set != symbols().name:
            self._canvas = None
        self._keep_following()
        self._draw()

    @property
    def window(self) -> Window:
        """What is in view."""
        return self._window

    @property
    def picking(self) -> bool:
        """True while the arrows move a cursor instead of the map."""
        return self._cursor is not None

    # -- moving --

    def pan(self, cells_x: float, cells_y: float) -> None:
        """Move the view by cells, right and down; stops following."""
        self._following = None
        self._move(self._window.panned(cells_x, cells_y))

    def zoom(self, steps: int) -> None:
        """Closer by steps of 1.5, about the cursor or the middle."""
        x, y = self._cursor or (None, None)
        self._move(self._window.zoomed(_ZOOM**steps, x, y))

    def preset(self, name: str = "") -> None:
        """Show "" (the three cities), "all" (every district) or one city by its code."""
        self._following = None
        self._preset = name
        self._fit_preset()
        self._draw()

    def centre(self, position: Position, cell_km: float | None = None) -> None:
        """Bring a position to the middle."""
        width, height = self._window.width, self._window.height
        self._move(Window(position.lat, position.lon, cell_km or self._window.cell_km, width, height))

    def follow(self, unit: str | None) -> None:
        """Keep a unit in the middle until the operator pans; None stops."""
        self._following = unit
        self._keep_following()
        self._draw()
        self.refresh()

    @property
    def following(self) -> str | None:
        return self._following

    def action_pan(self, x: int, y: int) -> None:
        if self._cursor is None:
            self.pan(x * _PAN_CELLS[0], y * _PAN_CELLS[1])
            return
        self._move_cursor(self._cursor[0] + x, self._cursor[1] + y)

    def action_zoom(self, steps: int) -> None:
        self.zoom(steps)

    def action_preset(self, name: str) -> None:
        self.preset(name)

    # -- pointing --

    def pick(self, picking: bool = True) -> None:
        """Start (or stop) pointing: arrows move a cursor, Enter or a click picks, Escape stops."""
        middle = (self._window.width // 2, self._window.height // 2)
        self._cursor = (self._cursor or middle) if picking else None
        self.refresh()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape is the screen's own while no place is being picked."""
        return self.picking if action == "stop_picking" else super().check_action(action, parameters)

    def action_stop_picking(self) -> None:
        self.pick(False)

    def action_pick_here(self) -> None:
        """Enter: pick under the cursor; without one, select what is nearest to the middle."""
        if self._cursor is not None:
            x, y = self._cursor
            self.post_message(self.Picked(self, self._window.position(x + 0.5, y + 0.5)))
        else:
            self._select_near(self._window.width // 2, self._window.height // 2, self._window.width)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or offset.y >= self._window.height:
            return
        if self._cursor is not None or event.chain == 2:
            self._cursor = (offset.x, offset.y) if self._cursor is not None else None
            self.post_message(self.Picked(self, self._window.position(offset.x + 0.5, offset.y + 0.5)))
            self.refresh()
        else:
            self._select_near(offset.x, offset.y, _REACH_CELLS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._move(self._window.zoomed(_ZOOM, event.x, event.y))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._move(self._window.zoomed(1 / _ZOOM, event.x, event.y))

    def _select_near(self, x: int, y: int, reach: int) -> None:
        hits = self._frame.hits if self._frame else []
        near = [(max(abs(hx - x), 2 * abs(hy - y)), kind, key) for hx, hy, kind, key in hits]
        # Of equally near things the first drawn counts: incidents before units before places.
        if near and (best := min(near, key=lambda hit: hit[0]))[0] <= reach:
            self.post_message(self.Selected(self, best[1], best[2]))

    def _move_cursor(self, x: int, y: int) -> None:
        """Move the pointing cursor; at the edge the map moves under it."""
        width, height = self._window.width, self._window.height
        inside_x, inside_y = max(0, min(x, width - 1)), max(0, min(y, height - 1))
        before = self._cursor
        self._cursor = (inside_x, inside_y)
        if (inside_x, inside_y) != (x, y):
            self._move(self._window.panned((x - inside_x) * 8, (y - inside_y) * 4))
        for _x, row in filter(None, (before, self._cursor)):
            self.refresh(Region(0, row, width, 1))

    # -- drawing --

    def on_resize(self) -> None:
        self._window = self._window.resized(self.size.width, max(1, self.size.height - _FOOT))
        if self._cursor is not None:
            self._move_cursor(*self._cursor)
        if self._preset is not None:
            self._fit_preset()
        self._canvas = None
        self._draw()

    def _move(self, window: Window) -> None:
        self._preset = None
        self._window = window
        self._canvas = None
        self._draw()

    def _fit_preset(self) -> None:
        box = self._layers.base.boxes.get(self._preset or "")
        if box is not None:
            self._window = self._window.fitted(box)
            self._canvas = None

    def _keep_following(self) -> None:
        units = self._layers.units
        if self._following not in units.ids:
            return
        at = units.ids.index(self._following)
        if np.isnan(units.lat[at]):
            return
        position = Position(lat=float(units.lat[at]), lon=float(units.lon[at]))
        x, y = self._window.cell(position)
        middle_x, middle_y = self._window.width / 2, self._window.height / 2
        if abs(x - middle_x) > middle_x / 2 or abs(y - middle_y) > middle_y / 2:
            self._window = self._window.panned(x - middle_x, y - middle_y)
            self._preset = None
            self._canvas = None

    @property
    def shown(self) -> MapLayers:
        """What was shown last."""
        return self._layers

    def _draw(self) -> None:
        before = self._frame
        whole = self._canvas is None
        if self._canvas is None:
            self._set = symbols().name
            self._canvas = draw_base(self._layers.base, self._window, self._numbers)
        frame = self._frame = draw(self._layers, self._window, self._canvas, self._numbers)
        if whole or before is None or before.styles.shape != frame.styles.shape:
            self.refresh()
            return
        differs = (before.characters != frame.characters) | (before.styles != frame.styles)
        for row in np.flatnonzero(differs.any(axis=1)):
            self.refresh(Region(0, int(row), self._window.width, 1))

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        if self._frame is None or y >= self._window.height:
            return self._foot(y - self._window.height, base)
        cursor = self._cursor if self._cursor is not None and self._cursor[1] == y else None
        return Strip(self._row_segments(self._frame, y, cursor, base)).adjust_cell_length(
            self.size.width, base
        )

    def _row_segments(
        self, frame: Frame, y: int, cursor: tuple[int, int] | None, base: Style
    ) -> list[Segment]:
        styles = look(self.app.theme)
        row, numbers = frame.characters[y].tolist(), frame.styles[y].copy()
        if cursor is not None:
            numbers[cursor[0]] = self._numbers["map_cursor"]
            if row[cursor[0]] in (" ", ""):
                row[cursor[0]] = symbols().target if row[cursor[0]] else ""
        edges = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(row)]
        names = self._numbers.names
        return [
            Segment("".join(row[start:end]), base + styles[names[numbers[start]]])
            for start, end in pairwise(edges)
            if start < end
        ]

    def _foot(self, at: int, base: Style) -> Strip:
        styles, width = look(self.app.theme), self.size.width
        if at == 0:
            followed = safe_text(self._following or "", 24)
            parts = (
                pointing(width, styles)
                if self.picking
                else legend(self._layers.legend, width, styles, followed)
            )
        else:
            parts = attribution(self._layers.base.attributions, self._window.cell_km, width, styles)
        return line(parts, width, base + styles["map_note"])
