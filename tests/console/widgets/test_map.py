"""The map: true to scale, labels that never collide, pointing that gives back the place."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.console.present_map import map_base, map_layers
from dispatch.console.symbols import use
from dispatch.console.widgets.map import MapView
from dispatch.console.widgets.map_frame import StyleNumbers, draw, draw_base
from dispatch.console.widgets.map_labels import Room
from dispatch.console.widgets.map_layers import MapLayers, Mark, MarkRank, UnitPoints
from dispatch.console.widgets.map_projection import Window, scale_bar
from dispatch.domain.geography import Position, great_circle_km
from dispatch.domain.units import UnitState
from dispatch.settings import load_map
from tests.console.widgets.harness import OneWidget, lines, strips
from tests.console.widgets.scenes import HOSTILE, cities, incident, picture, place_unit, report_state, scene

CENTRE = Position(lat=28.2, lon=112.97)
windows = st.builds(
    Window,
    lat=st.floats(25, 30), lon=st.floats(110, 115), cell_km=st.floats(0.02, 5),
    width=st.integers(1, 240), height=st.integers(1, 67),
)  # fmt: skip


class Heard(OneWidget):
    def on_map_view_picked(self, message: MapView.Picked) -> None:
        self.hear(message)

    def on_map_view_selected(self, message: MapView.Selected) -> None:
        self.hear(message)

    @property
    def picked(self) -> list[Position]:
        return [message.position for message in self.heard if isinstance(message, MapView.Picked)]

    @property
    def selected(self) -> list[tuple[str, str]]:
        return [(m.kind, m.key) for m in self.heard if isinstance(m, MapView.Selected)]


def layers(selected: tuple[str, str] | None = None) -> MapLayers:
    now = picture()
    place_unit(now, "CS-001", 5, 28.2282, 112.9388)
    place_unit(now, "CS-002", 500, 28.25, 112.99)
    report_state(now, "CS-001", UnitState.EN_ROUTE)
    report_state(now, "CS-002", UnitState.AVAILABLE_AT_STATION)
    one = incident(12)
    now.incidents[one.id] = one
    return map_layers(now, scene(now), map_base(load_map(), cities()), selected)


def view(**more: tuple[str, str]) -> tuple[Heard, MapView]:
    widget = MapView()
    widget.show(layers(**more))
    return Heard(widget), widget


@given(windows, st.floats(0, 1), st.floats(0, 1))
def test_a_cell_and_its_position_are_one_and_the_same(window: Window, x: float, y: float) -> None:
    at_x, at_y = x * window.width, y * window.height
    position = window.position(at_x, at_y)
    back_x, back_y = window.cells(np.array([position.lon]), np.array([position.lat]))
    assert back_x[0] == pytest.approx(at_x, abs=1e-6)
    assert back_y[0] == pytest.approx(at_y, abs=1e-6)


def test_a_kilometre_is_as_long_down_as_across() -> None:
    window = Window(28.0, 113.0, 0.5, 160, 48)
    across = great_circle_km(window.position(70, 24), window.position(90, 24))
    down = great_circle_km(window.position(80, 14), window.position(80, 24))
    assert across == pytest.approx(10.0, rel=0.01)
    assert down == pytest.approx(10.0, rel=0.01)


@given(windows, st.floats(0.5, 4), st.floats(0, 1), st.floats(0, 1))
def test_zooming_keeps_the_place_under_the_pointer(window: Window, factor: float, x: float, y: float) -> None:
    at_x, at_y = x * window.width, y * window.height
    before = window.position(at_x, at_y)
    after = window.zoomed(factor, at_x, at_y).position(at_x, at_y)
    assert great_circle_km(before, after) < 0.02 * window.cell_km * window.width + 0.01


def test_the_scale_bar_is_a_round_distance_that_fits() -> None:
    assert scale_bar(0.5, 16) == (10, "5 km")
    assert scale_bar(0.02, 16) == (10, "200 m")
    for cell_km in (0.011, 0.07, 0.3, 1.7, 6.0):
        cells, text = scale_bar(cell_km, 16)
        assert cells <= 16
        assert text[0] in "125"


def test_labels_never_share_a_cell() -> None:
    room = Room(40, 10)
    random = np.random.default_rng(3)
    taken: set[tuple[int, int]] = set()
    for _label in range(60):
        x, y, length = int(random.integers(0, 40)), int(random.integers(0, 10)), int(random.integers(1, 12))
        spot = room.place(x, y, 1, length)
        if spot is not None:
            cells = {(spot[0] + step, spot[1]) for step in range(length)}
            assert not cells & taken
            assert all(0 <= cx < 40 and 0 <= cy < 10 for cx, cy in cells)
            taken |= cells


def test_the_better_ranked_label_wins_the_room() -> None:
    base = map_base(load_map(), ())
    marks = tuple(
        Mark(kind, kind, CENTRE, "x", "normal", label, rank)
        for kind, label, rank in (
            ("station", "S" * 20, MarkRank.STATION),
            ("incident", "I" * 20, MarkRank.INCIDENT),
        )
    )
    window = Window(CENTRE.lat, CENTRE.lon, 0.1, 60, 1)
    numbers = StyleNumbers()
    bare = MapLayers(marks=marks)
    frame = draw(bare, window, draw_base(bare.base, window, numbers), numbers)
    assert "I" * 20 in "".join(frame.characters[0])
    assert base.attributions[0]


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 36), (160, 48), (240, 67)])
@pytest.mark.parametrize("symbol_set", ["braille", "block", "ascii"])
async def test_every_line_is_exactly_as_wide_as_the_terminal(
    width: int, height: int, symbol_set: str
) -> None:
    use(symbol_set)
    try:
        app, _widget = view()
        async with app.run_test(size=(width, height)) as pilot:
            await pilot.pause()
            assert {strip.cell_length for strip in strips(app)} == {width}
            assert "底图" in lines(app)[-1]
            assert "km" in lines(app)[-1]
    finally:
        use("braille")


async def test_the_river_and_the_cities_are_named_and_units_are_there() -> None:
    app, widget = view()
    async with app.run_test(size=(160, 48)) as pilot:
        await pilot.pause()
        text = "\n".join(lines(app))
        for word in ("湘江", "长沙", "株洲", "湘潭", "▪"):
            assert word in text
        widget.preset("changsha")
        await pilot.pause()
        assert "→" in "\n".join(lines(app))


async def test_the_selected_unit_is_named_at_every_scale() -> None:
    app, _widget = view(selected=("unit", "CS-001"))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        assert "CS-001" in "\n".join(lines(app))


async def test_picking_by_keyboard_gives_the_place_under_the_cursor() -> None:
    app, widget = view()
    async with app.run_test(size=(120, 36)) as pilot:
        widget.pick()
        await pilot.press("right", "right", "down", "enter")
        x, y = 62, 18
        assert great_circle_km(app.picked[0], widget.window.position(x + 0.5, y + 0.5)) < 0.001
        await pilot.press("escape")
        assert not widget.picking


async def test_escape_is_left_to_the_screen_while_nothing_is_picked() -> None:
    app, widget = view()
    left: list[str] = []
    async with app.run_test(size=(120, 36)) as pilot:
        app.bind("escape", "leave")
        app.action_leave = lambda: left.append("left")  # type: ignore[attr-defined]
        widget.pick()
        await pilot.press("escape")
        assert left == []
        await pilot.press("escape")
        assert left == ["left"]


async def test_picking_by_mouse_gives_the_place_under_the_pointer() -> None:
    app, widget = view()
    async with app.run_test(size=(120, 36)) as pilot:
        widget.pick()
        await pilot.click(MapView, offset=(30, 7))
        assert great_circle_km(app.picked[0], widget.window.position(30.5, 7.5)) < 0.001


async def test_a_click_near_a_unit_selects_it_and_one_into_the_empty_selects_nothing() -> None:
    app, widget = view()
    async with app.run_test(size=(120, 36)) as pilot:
        widget.centre(Position(lat=28.2282, lon=112.9388), 0.05)
        await pilot.pause()
        await pilot.click(MapView, offset=(61, 17))
        await pilot.pause(0.6)
        await pilot.click(MapView, offset=(2, 2))
        assert app.selected == [("unit", "CS-001")]


async def test_a_followed_unit_stays_in_view_until_the_operator_pans() -> None:
    app, widget = view()
    async with app.run_test(size=(120, 36)) as pilot:
        widget.zoom(8)
        widget.follow("CS-001")
        x, y = widget.window.cell(Position(lat=28.2282, lon=112.9388))
        assert (0 <= x < 120, 0 <= y < 34) == (True, True)
        await pilot.press("left")
        assert widget.following is None


async def test_only_lines_that_changed_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    app, widget = view()
    base = map_base(load_map(), cities())
    now = picture()
    place_unit(now, "CS-001", 5)
    async with app.run_test(size=(120, 36)) as pilot:
        widget.show(map_layers(now, scene(now), base))
        await pilot.pause()
        drawn: list[object] = []
        monkeypatch.setattr(widget, "refresh", lambda *regions: drawn.extend(regions or ["all"]))
        widget.show(map_layers(now, scene(now), base))
        assert drawn == []
        place_unit(now, "CS-001", 4, lat=28.1)
        widget.show(map_layers(now, scene(now), base))
        assert 1 <= len(drawn) <= 3
        assert "all" not in drawn


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_labels_are_inert_on_the_map(text: str) -> None:
    widget = MapView()
    marks = (Mark("incident", "i", CENTRE, text[:1], "normal", text, MarkRank.INCIDENT),)
    ids = UnitPoints(
        (text,), np.array([112.9]), np.array([28.1]), np.array([np.nan]), np.zeros(1), np.zeros(1, np.int16),
        np.zeros(1, np.bool_), ("normal",),
    )  # fmt: skip
    widget.show(MapLayers(units=ids, marks=marks, selected=("unit", text)))
    app = Heard(widget)
    async with app.run_test(size=(80, 24)) as pilot:
        widget.centre(CENTRE, 0.1)
        await pilot.pause()
        assert all(line.isprintable() for line in lines(app))
        assert {strip.cell_length for strip in strips(app)} == {80}


def test_a_frame_of_five_thousand_units_takes_a_few_milliseconds() -> None:
    random = np.random.default_rng(1)
    count = 5000
    units = UnitPoints(
        tuple(f"CS-{n:04d}" for n in range(count)),
        random.normal(112.97, 0.1, count), random.normal(28.1, 0.15, count), np.full(count, np.nan),
        np.zeros(count),
        random.integers(0, 4, count).astype(np.int16), np.zeros(count, np.bool_),
        ("map_unit_stale", "map_unit_off", "map_unit_busy", "map_unit_free"),
    )  # fmt: skip
    shown = MapLayers(map_base(load_map(), cities()), units)
    window = Window(28.0, 113.0, 1.0, 160, 46)
    numbers = StyleNumbers()
    canvas = draw_base(shown.base, window, numbers)
    took = []
    for _round in range(10):
        start = time.perf_counter()
        draw(shown, window, canvas, numbers)
        took.append(time.perf_counter() - start)
    assert sorted(took)[5] < 0.05
