"""The map at the console: closed bridges, ways, rings of minutes, following, three scales, files to keep."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from dispatch.clock import epoch_ms
from dispatch.console.map_export import map_geojson
from dispatch.console.present_lines import Reckoning, eta_rings
from dispatch.console.screens.map import MapScreen
from dispatch.console.theme import look
from dispatch.console.widgets.map import MapView
from dispatch.decide.roads.graph import RoadGraph
from dispatch.decide.ways import Beyond, Floats, Known
from dispatch.domain.geography import Position, great_circle_km
from dispatch.domain.units import UnitId, UnitState, UnitStatus
from tests.console.driver import Console, console_app
from tests.console.fakes import FakeDesk
from tests.console.sights import led
from tests.unit.decide.roads.roads_world import SOUTH, WEST, graph_of, place

CLOSED = "CS-R-HEISHIPU"


@pytest.fixture
def desk(tmp_path: Path) -> FakeDesk:
    made = led()
    settings = made.configuration.settings.model_copy(update={"data_dir": tmp_path})
    made.configuration = made.configuration.model_copy(update={"settings": settings})
    return made


def map_of(console: Console) -> MapView:
    screen = console.app.screen
    assert isinstance(screen, MapScreen)
    return screen.map


def drawn(console: Console, layer: str) -> list[list[float]]:
    """Lines of this moment in one style, as rows of degrees."""
    return [
        row for line in map_of(console).shown.lines if line.style == layer for row in line.segments.tolist()
    ]


@pytest.mark.parametrize("size", [(80, 24), (160, 48), (240, 67)], ids="{0[0]}x{0[1]}".format)
async def test_a_closed_bridge_is_marked_at_the_first_glance_and_named(
    desk: FakeDesk, size: tuple[int, int]
) -> None:
    async with console_app(desk).run_test(size=size) as pilot:
        console = Console(pilot, desk)
        await console.map().wait(0).expect_text("✗ 桥梁封闭", "黑石铺大桥 封闭")
        closed = {bridge.id for bridge in desk.picture.bridges if bridge.closed}
        marks = [mark for mark in map_of(console).shown.marks if mark.kind == "bridge"]
        assert {mark.key for mark in marks if mark.style == "map_bridge_closed"} == closed == {CLOSED}
        desk.picture.bridges = tuple(one.model_copy(update={"closed": False}) for one in desk.picture.bridges)
        desk.picture.changes.mark("city", "changsha")
        await console.wait(1.1).expect_no_text("封闭")


async def test_a_bridge_can_be_looked_at_and_says_that_it_is_closed(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.map().wait(0)
        screen = console.app.screen
        assert isinstance(screen, MapScreen)
        assert screen.show_one("bridge", CLOSED)
        await console.wait(0).expect_text("黑石铺大桥", "封闭：估算行程时不经此处")


async def test_the_way_of_a_unit_leads_over_the_bridge_its_minutes_are_reckoned_over(desk: FakeDesk) -> None:
    """CS-001 west of the river goes to the station in the east; the nearest bridge closes meanwhile."""
    unit, incident = UnitId("CS-001"), next(i for i in desk.picture.incidents.values() if "火车站" in i.place)
    now_ms = epoch_ms(desk.clock.now())
    desk.picture.fleet.apply_fix(unit, 28.19, 112.93, now_ms + 500, now_ms + 500, accuracy_m=5.0)
    status = UnitStatus(state=UnitState.EN_ROUTE, since=desk.clock.now(), incident=incident.id)
    desk.picture.fleet.apply_status(unit, status)
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.map().wait(0)
        screen = console.app.screen
        assert isinstance(screen, MapScreen)
        assert drawn(console, "map_route") == []
        screen.show_one("unit", unit)
        first, second = drawn(console, "map_route")
        assert first[:2] == pytest.approx([112.93, 28.19])
        assert second[2:] == pytest.approx([incident.position.lon, incident.position.lat])
        over = next(b for b in desk.picture.bridges if [b.position.lon, b.position.lat] == first[2:])
        assert not over.closed
        desk.picture.bridges = tuple(
            b.model_copy(update={"closed": b.closed or b.id == over.id}) for b in desk.picture.bridges
        )
        await console.wait(1.1)
        assert drawn(console, "map_route")[0][2:] != first[2:]
        desk.picture.fleet.apply_status(
            unit, UnitStatus(state=UnitState.AVAILABLE_ON_ROAD, since=desk.clock.now())
        )
        desk.picture.changes.mark("unit", unit)
        await console.wait(1.1)
        assert drawn(console, "map_route") == []


async def test_the_ways_of_all_units_are_drawn_on_demand_but_not_of_those_nobody_sees(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(160, 48)) as pilot:
        console = Console(pilot, desk)
        await console.map().line("routes on").expect_result("全部车辆路线", ok=True).wait(0)
        starts = {(round(row[0], 4), round(row[1], 4)) for row in drawn(console, "map_route")}
        assert len(starts) > 5
        for unit, fix in zip(desk.picture.fleet.units, desk.picture.fleet.lat, strict=False):
            if unit.city == "xiangtan":  # offline since 02:13
                assert all(abs(lat - float(fix)) > 1e-6 for _lon, lat in starts)
        await console.press("t").expect_result("只画所指", ok=True)
        assert drawn(console, "map_route") == []


async def test_rings_stand_around_what_is_pointed_at_and_say_their_minutes(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(240, 67)) as pilot:
        console = Console(pilot, desk)
        await console.map().press("r").expect_result("请先指向一个地点", ok=True)
        assert drawn(console, "map_ring") == []
        screen = console.app.screen
        assert isinstance(screen, MapScreen)
        screen.shown = ("incident", "CS-1124-0003")
        screen.show_all()
        await console.wait(0).expect_text("8 分", "15 分", "30 分")
        assert len(drawn(console, "map_ring")) == 3 * 72
        await console.press("r").expect_result("不画时间圈", ok=True).wait(0)
        assert drawn(console, "map_ring") == []


def test_a_ring_is_where_the_minutes_are_reached_and_a_river_without_bridges_bends_it() -> None:
    desk = led()
    at = Position(lat=28.1958, lon=112.9763)  # Wuyi Square, a kilometre east of the river
    by = Reckoning(desk.picture.bridges, desk.configuration.dispatch_rules, desk.clock.now())
    outlines, labels = eta_rings(at, (8, 15), by)
    assert [mark.label for mark in labels] == ["8 分", "15 分"]
    for limit, ring in zip((8, 15), outlines, strict=True):
        lon, lat = ring.segments[:, 0], ring.segments[:, 1]
        minutes, _over = by.minutes(lat, lon, at)
        radius = np.array(
            [great_circle_km(at, Position(lat=float(a), lon=float(b))) for a, b in zip(lat, lon, strict=True)]
        )
        assert np.median(np.abs(minutes - limit)) < 0.3  # at most half a step off where the river jumps
        assert radius.max() < limit * 2  # nobody drives 120 km/h in a straight line
    inner, outer = (ring.segments[:, :2] for ring in outlines)
    middle = np.array([at.lon, at.lat])
    shut = tuple(b.model_copy(update={"closed": b.city == "changsha"}) for b in desk.picture.bridges)
    (cut_off,), _labels = eta_rings(at, (15,), Reckoning(shut, by.rules, by.now))
    bent, usual = (np.linalg.norm(ring - middle, axis=1) for ring in (cut_off.segments[:, :2], outer))
    west = outer[:, 0] < at.lon - 0.02
    assert bent[west].min() < 0.5 * usual[west].min()
    assert bent[~west].max() == pytest.approx(usual[~west].max())
    far, near = (np.linalg.norm(ring - middle, axis=1) for ring in (outer, inner))
    assert (far >= near).all()


async def test_a_unit_is_followed_until_the_map_is_moved(desk: FakeDesk) -> None:
    unit = UnitId("CS-003")
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.map().press("g").expect_result("请先指向一辆车", ok=False)
        await (
            console.line("follow CS-003")
            .expect_result("跟随 CS-003", ok=True)
            .wait(0)
            .expect_text("跟随 CS-003")
        )
        now_ms = epoch_ms(desk.clock.now()) + 1000
        desk.picture.fleet.apply_fix(unit, 27.95, 113.3, now_ms, now_ms, accuracy_m=5.0)
        desk.picture.changes.mark("unit", unit)
        await console.wait(1.1)
        window = map_of(console).window
        assert (window.lat, window.lon) == pytest.approx((27.95, 113.3), abs=0.02)
        await console.press("g").expect_result("不再跟随 CS-003", ok=True)
        await console.line("follow CS-003").press("left").wait(0).expect_no_text("跟随 CS-003   ")
        assert map_of(console).following is None


async def test_three_keys_give_three_scales(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.map().press("2").expect_result("长沙", ok=True)
        home = map_of(console).window.cell_km
        await console.press("3").expect_result("街道比例", ok=True)
        street = map_of(console).window.cell_km
        await console.press("1").expect_result("三市", ok=True)
        assert street < 0.02 < home < map_of(console).window.cell_km


@pytest.mark.parametrize("wanted", ["geojson", "svg"])
async def test_the_map_is_written_as_a_file_that_says_whose_data_it_is(
    desk: FakeDesk, wanted: str, tmp_path: Path
) -> None:
    async with console_app(desk).run_test(size=(160, 48)) as pilot:
        console = Console(pilot, desk)
        await console.map().line("routes on").line(f"export {wanted}").expect_result("地图已写入", ok=True)
    (file,) = (tmp_path / "maps").iterdir()
    text = file.read_text("utf-8")
    number = desk.configuration.ground.map_number
    assert number in text
    if wanted == "svg":
        root = ET.fromstring(text)  # noqa: S314 - our own file
        said = {node.text for node in root.iter("{http://www.w3.org/2000/svg}text")}
        assert {"黑石铺大桥 封闭", "湘江"} <= said
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
        return
    features = json.loads(text)["features"]
    layers = {one["properties"].get("layer") for one in features}
    assert {"river", "city_0", "city_1", "city_2", "route"} <= layers
    units = [one for one in features if one["properties"].get("kind") == "unit"]
    assert len(units) == len(desk.picture.fleet)
    assert all(one["properties"]["age_s"] >= 0 for one in units)
    lon, lat = units[0]["geometry"]["coordinates"]
    assert 112 < lon < 114 < 200
    assert 27 < lat < 29


async def test_a_map_that_cannot_be_written_says_why(desk: FakeDesk, tmp_path: Path) -> None:
    (tmp_path / "maps").write_text("in the way", "utf-8")
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await Console(pilot, desk).map().line("export svg").expect_result("maps", ok=False)


class _OnlyRoads:
    """Imported roads that nothing was asked of yet."""

    def __init__(self, graph: RoadGraph) -> None:
        self._graph = graph

    def road_graph(self) -> RoadGraph:
        return self._graph

    def between(self, lat: Floats, lon: Floats, place: Position, *, away: bool) -> Known:
        return Known.nothing(len(lat))


def with_roads(desk: FakeDesk) -> FakeDesk:
    """A main road of 8 km to the north, which bends, and a street of as many to the east where it begins."""
    nodes = {1: (0.0, 0.0), 2: (0.0, 4_000.0), 3: (800.0, 8_000.0), 4: (8_000.0, 0.0)}
    graph = graph_of(nodes, [((1, 2, 3), 80.0, 80.0), ((1, 4), 30.0, 30.0)])
    configuration = desk.configuration
    rules = configuration.dispatch_rules.model_copy(update={"beyond": Beyond(_OnlyRoads(graph))})
    desk.configuration = configuration.model_copy(update={"dispatch_rules": rules})
    return desk


def inks_along(console: Console, start: tuple[float, float], end: tuple[float, float]) -> list[str]:
    """The colours of the cells of the map on a straight line between two points (lat, lon), off its ends."""
    view, window = map_of(console), map_of(console).window
    strips = console.app.screen._compositor.render_strips()
    inks = []
    for share in np.linspace(0.05, 0.95, 40):
        (lat, lon) = (a + (b - a) * share for a, b in zip(start, end, strict=True))
        x, y = window.cell(Position(lat=lat, lon=lon))
        if 0 <= x < window.width and 0 <= y < window.height:
            (cell,) = strips[view.content_region.y + y].crop(
                view.content_region.x + x, view.content_region.x + x + 1
            )
            inks.append(
                cell.style.color.name if cell.text.strip() and cell.style and cell.style.color else ""
            )
    return inks


async def test_imported_main_roads_are_drawn_at_every_scale_and_streets_only_close_up(desk: FakeDesk) -> None:
    for theme in ("night", "day"):
        road, street = (look(theme)[meaning].color for meaning in ("map_road", "map_street"))
        assert road is not None
        assert street is not None
        async with console_app(with_roads(desk)).run_test(size=(160, 48)) as pilot:
            console = Console(pilot, desk)
            console.app.styling.use_theme(theme)
            await console.map().wait(0)
            view = map_of(console)
            view.centre(Position(lat=SOUTH + 0.03, lon=WEST), 0.3)
            await console.wait(0.3)
            far = inks_along(console, place(0, 0), place(0, 4_000))
            assert far.count(road.name) > len(far) / 3  # what stands on a road is drawn over it
            assert street.name not in inks_along(console, place(0, 0), place(8_000, 0))
            view.centre(Position(lat=place(2_000, 0)[0], lon=place(2_000, 0)[1]), 0.05)
            await console.wait(0.3)
            near = inks_along(console, place(0, 0), place(4_000, 0))
            assert near.count(street.name) > len(near) / 2


async def test_imported_roads_are_in_the_file_of_the_map_and_nothing_is_where_there_are_none(
    desk: FakeDesk,
) -> None:
    layers = {}
    for name, made in (("none", desk), ("roads", with_roads(led()))):
        async with console_app(made).run_test(size=(120, 36)) as pilot:
            console = Console(pilot, made)
            await console.map().wait(0)
            features = map_geojson(map_of(console).shown)["features"]
            layers[name] = {one["properties"].get("layer") for one in features}  # type: ignore[attr-defined]
    assert layers["roads"] - layers["none"] == {"road", "street"}
