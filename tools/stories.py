"""What the moving pictures of the README tell, key by key, on the real console.

The console, its rankings and its rules are the real ones; the cities behind it are those of the console's own
tests, whose clock is moved by hand, so that the same keys give the same picture on any machine and any day.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from dispatch.centre.asking import Standing
from dispatch.clock import epoch_ms
from dispatch.console.app import ConsoleApp
from dispatch.domain.blood_orders import BloodOrderId, BloodState
from dispatch.domain.incidents import IncidentId, IncidentState
from dispatch.domain.orders import Asker
from dispatch.domain.units import UnitId, UnitState, UnitStatus
from dispatch.language import current
from dispatch.picture.cities import Sight
from tests.console.driver import Console
from tests.console.fakes import FakeDesk
from tests.console.fakes_blood import order_of
from tools.drawing import Frame

BORDER = "27.9330,113.0600"
"""Between Changsha, Xiangtan and Zhuzhou, where the next ambulance is one of Zhuzhou."""
NEW = IncidentId("CS-1124-9001")
HELD = BloodOrderId("CS-B1-1124-023100-1")


@dataclass
class Film:
    """Takes one frame after the other of a console."""

    app: ConsoleApp
    console: Console
    desk: FakeDesk
    frames: list[Frame] = field(default_factory=list)

    async def take(self, zh: str, en: str, seconds: float) -> None:
        """The screen as it stands now, with what was just done."""
        await self.console.wait(0).wait(0)
        rows = tuple(tuple(strip) for strip in self.app.screen._compositor.render_strips())  # noqa: SLF001
        self.frames.append(Frame(rows, zh if current() == "zh_CN" else en, seconds))

    async def press(self, *keys: str) -> None:
        await self.console.press(*keys)

    async def typed(self, text: str) -> None:
        """One letter after the other, as a hand types it."""
        for char in text:
            await self.console.pilot.press(char if char.isalnum() else _KEYS[char])
        await self.console.wait(0)


_KEYS = {" ": "space", ",": "comma", ".": "full_stop", "-": "minus", "+": "plus", ":": "colon"}
Story = Callable[[Film], Awaitable[None]]


async def across_the_border(film: Film) -> None:
    """A crash where the cities meet: the nearest ambulance is a neighbour's, and it comes."""
    await film.press("f2")
    await film.take(
        "三市事件，无人派车者在最上", "Open incidents of three cities, those nobody went to first", 3
    )
    await film.press("f10")
    await film.take("F10  新事件", "F10  a new incident", 1.5)
    await film.typed(BORDER)
    await film.press("tab", "tab", "1")  # past the datum, which coordinates ask for
    await film.take("地点、级别：1 危重", "Where, and how urgent: 1, life-threatening", 2.5)
    await film.press("f7")
    await film.console.wait(1)
    await film.take("F7  受理；三市车辆立即排序", "F7  opened; the units of three cities are ranked", 3)
    await film.press("enter")
    await film.take(
        "回车  最快的是株洲的车，并说明理由", "Enter  the fastest is Zhuzhou's, and it says why", 4
    )
    await film.press("f7")
    await film.take("F7  派车前复述对象", "F7  the question repeats the nouns", 3)
    await film.press("enter")
    await film.console.wait(1)
    unit = film.desk.picture.incidents[NEW].units[0]
    await film.take("回车  指令已发往株洲急救中心", "Enter  the order goes to the centre of Zhuzhou", 2.5)
    _crew_says(film.desk, unit, UnitState.ACKNOWLEDGED)
    await film.console.wait(6)
    await film.take("车组确认", "The crew acknowledges", 2)
    _crew_says(film.desk, unit, UnitState.EN_ROUTE)
    await film.console.line("map").line(f"follow {unit}").wait(1)
    await film.press("minus", "minus", "minus", "minus")
    for part in (0.0, 0.55):
        _drive(film.desk, unit, part)
        _still_there(film.desk, 90)
        await film.console.wait(90)
        await film.take("F5  地图跟随该车，路线与桥隧可见", "F5  the map follows it, with its way", 1.5)
    _crew_says(film.desk, unit, UnitState.ON_SCENE)
    _drive(film.desk, unit, 1.0)
    _still_there(film.desk, 2)
    await film.press("f2")
    await film.console.select(NEW).wait(2)
    await film.take("到达现场", "At the scene", 4)


async def blood_for_a_hospital(film: Film) -> None:
    """Four units of red cells within forty minutes: who can give them, who keeps what, and the bags come."""
    await film.press("f4")
    await film.take("F4  三市库存", "F4  the stock of three cities", 3)
    await film.press("colon")
    wanted = "blood 悬浮红细胞 O+ 4 湘雅二医院 40min"
    await film.console.wait(0)
    film.app.screen.query_one("Input").value = wanted  # type: ignore[attr-defined]
    await film.take(":  一行说清：什么、多少、送哪、何时", ":  one line: what, how much, where, by when", 3)
    await film.press("enter")
    await film.console.wait(1)
    await film.take(
        "回车  按时限、效期与底线排序，写明理由", "Enter  ranked by time, expiry, what a bank keeps", 4.5
    )
    await film.press("f7")
    await film.console.wait(0)
    await film.take("F7  调血前复述对象", "F7  the question repeats the nouns", 3)
    await film.press("enter")
    await film.console.wait(1)
    await film.take("回车  向血站申请", "Enter  the bank is asked", 2)
    for state, zh, en in (
        (BloodState.HELD, "血站收到，血袋已预留", "The bank has it: bags are held"),
        (BloodState.CONFIRMED, "血站确认", "The bank confirms"),
        (BloodState.PACKING, "装箱", "Packing"),
        (BloodState.CARRIED, "运送中", "On its way"),
    ):
        _bank_says(film.desk, state)
        await film.console.line("holds").wait(2)
        await film.take(zh, en, 2.5)


def _crew_says(desk: FakeDesk, unit: UnitId, state: UnitState) -> None:
    """What a crew's terminal reports, and with it the state of its incident."""
    desk.picture.fleet.apply_status(unit, UnitStatus(state=state, since=desk.clock.now(), incident=NEW))
    for order in desk.orders_asked:
        if order.unit == unit:
            order.standing = Standing.CONFIRMED
    if state is UnitState.ON_SCENE:
        incident = desk.picture.incidents[NEW]
        at = {"state": IncidentState.ON_SCENE}
        desk.picture.incidents[NEW] = incident.model_copy(update=at)
    for kind, key in (("unit", unit), ("order", unit), ("incident", NEW)):
        desk.picture.changes.mark(kind, key)


def _still_there(desk: FakeDesk, after_s: float) -> None:
    """Every city in sight and its units where they are, as they will have said after some seconds."""
    then = desk.clock.now() + timedelta(seconds=after_s - 1)
    picture = desk.picture
    for view in picture.sight.values():
        if view.sight is Sight.LIVE:
            view.last_heard = then
    for unit in picture.fleet.units:
        fix = picture.fleet.view(unit.id).fix
        if fix is not None and picture.sight[unit.city].sight is Sight.LIVE:
            at_ms = epoch_ms(then)
            lat, lon = fix.position.lat, fix.position.lon
            picture.fleet.apply_fix(unit.id, lat, lon, at_ms, at_ms, accuracy_m=6.0, speed_kmh=fix.speed_kmh,
                                    heading_deg=fix.heading_deg)  # fmt: skip
            picture.changes.mark("unit", unit.id)


def _drive(desk: FakeDesk, unit: UnitId, part: float) -> None:
    """The unit has driven this part of its way, and says so now."""
    incident, fix = desk.picture.incidents[NEW], desk.picture.fleet.view(unit).fix
    if fix is None:
        return
    left = 1 - part
    lat = incident.position.lat + (fix.position.lat - incident.position.lat) * (left if part else 1)
    lon = incident.position.lon + (fix.position.lon - incident.position.lon) * (left if part else 1)
    now_ms = epoch_ms(desk.clock.now() + timedelta(seconds=89))
    desk.picture.fleet.apply_fix(
        unit, lat, lon, now_ms, now_ms, accuracy_m=6.0, speed_kmh=58.0 * bool(left), heading_deg=330.0
    )
    desk.picture.changes.mark("unit", unit)


def _bank_says(desk: FakeDesk, state: BloodState) -> None:
    bank, hospital = next(iter(desk.picture.banks)), "CS-H-XIANGYA2"
    unit = "CS-001" if state is BloodState.CARRIED else ""
    order = order_of(
        HELD, state, desk.clock.now(), bank=bank, hospital=hospital, quantity=4, unit=unit, ago_s=20
    )
    order = order.model_copy(update={"asker": Asker(desk.home_city, "console-1")})
    desk.picture.blood_orders[order.id] = order
    desk.picture.changes.mark("blood_order", order.id)
