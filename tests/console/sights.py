"""Every screen, view and dialog that has a picture, with the desk behind it and the way to it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from dispatch.domain.blood import BloodGroup, ComponentCode, Lot, LotId
from dispatch.settings import load
from tests.console.blood_centre import blood_desk
from tests.console.driver import Console
from tests.console.fakes import FakeDesk, FakeRefused, fake_desk
from tests.console.fakes_blood import a_morning_of_blood
from tests.console.neighbours import an_hour_of_alarms, other_desks, we_asked, zhuzhou_asks
from tests.console.stocked import stocked_desk
from tests.console.working import a_night_at_work

Way = Callable[[Console], Console]


@dataclass(frozen=True)
class Sight:
    """How to get a screen into view, over which desk."""

    way: Way
    desk: Callable[[], FakeDesk] = fake_desk


def at_work() -> FakeDesk:
    """An incident in full work."""
    desk = fake_desk()
    a_night_at_work(desk)
    return desk


def shared() -> FakeDesk:
    """Neighbours ask and are asked, other desks are at work, an hour of alarms has come."""
    desk = fake_desk()
    zhuzhou_asks(desk)
    we_asked(desk)
    other_desks(desk)
    an_hour_of_alarms(desk)
    return desk


def led() -> FakeDesk:
    """A drill with the bridges of the three cities, of which one is closed."""
    desk = fake_desk()
    desk.picture.bridges = tuple(
        bridge.model_copy(update={"closed": bridge.id == "CS-R-HEISHIPU"}) for bridge in load().bridges
    )
    return desk


def refusing() -> FakeDesk:
    """Messages that were refused."""
    desk = fake_desk()
    now_ms = int(desk.clock.now().timestamp() * 1000)
    desk.quarantine.rows = [
        FakeRefused(
            now_ms - at * 61_000, "changsha", f"czt/v1/changsha/unit/CS-{at:03d}/position", why, 200 + at
        )
        for at, why in enumerate(("消息时间比本机时钟超前 91 秒。", "车辆未配置。", "不是 JSON。") * 5)
    ]
    return desk


def moving() -> FakeDesk:
    """Zhuzhou has more platelets than it uses before they outdate, the other banks none."""
    desk = fake_desk()
    now = desk.clock.now()
    lot = Lot(
        id=LotId("ZZ-L-1"),
        component=ComponentCode("platelets"),
        group=BloodGroup.A_POS,
        quantity=12,
        expires_at=now + timedelta(hours=40),
    )
    for bank in desk.picture.banks.values():
        held = [lot] if bank.city == "zhuzhou" else []
        desk.picture.stock.apply_snapshot(bank.id, 9, now, now, held)
    return desk


def blood_at_work() -> FakeDesk:
    """Orders of blood in every state."""
    desk = fake_desk()
    a_morning_of_blood(desk.picture, desk.clock.now())
    return desk


A_NEED = "blood 悬浮红细胞 O+ 6 湘雅二医院 40min"
SIGHTS: dict[str, Sight] = {
    "incidents": Sight(lambda console: console.incidents().press("enter")),
    "orders": Sight(lambda console: console.incidents().press("o").wait(0), at_work),
    "timeline": Sight(lambda console: console.incidents().select("CS-1124-0001").press("t").wait(0), at_work),
    "intake": Sight(lambda console: console.press("f10").fill("place", "五一广场").press("enter"), at_work),
    "override": Sight(lambda console: console.press("enter", "down", "f7")),
    "units": Sight(lambda console: console.units().select("CS-003")),
    "state": Sight(lambda console: console.units().select("CS-007").press("4"), at_work),
    "blood": Sight(lambda console: console.line(A_NEED)),
    "request": Sight(lambda console: console.blood().press("f10")),
    "careful": Sight(lambda console: console.line("blood 悬浮红细胞 A- 6 湘雅二医院 40min").press("f10")),
    "days": Sight(lambda console: console.blood().press("down", "2"), stocked_desk),
    "lots": Sight(lambda console: console.blood().press("down", "3"), stocked_desk),
    "rare": Sight(lambda console: console.blood().press("4"), stocked_desk),
    "expiring": Sight(lambda console: console.blood().press("5"), stocked_desk),
    "trend": Sight(lambda console: console.blood().press("down", "down", "down", "6"), stocked_desk),
    "label": Sight(
        lambda console: console.blood().press("l").commit("G123417654321A").press("enter"), stocked_desk
    ),
    "bloodwork": Sight(lambda console: console.wait(0).expect_screen("bloodwork"), blood_desk),
    "holds": Sight(lambda console: console.line("holds").wait(0), blood_at_work),
    "holds-none": Sight(lambda console: console.line("holds").wait(0)),
    "moves": Sight(
        lambda console: console.blood().press("m").expect_screen("moves").press("r").wait(1), moving
    ),
    "map": Sight(lambda console: console.map(), led),
    "alarms": Sight(lambda console: console.alarms().wait(0), shared),
    "aids": Sight(lambda console: console.press("ctrl+l").expect_screen("aids").wait(0), shared),
    "aids-none": Sight(lambda console: console.press("ctrl+l").expect_screen("aids").wait(0)),
    "answer": Sight(lambda console: console.press("ctrl+a").wait(0), shared),
    "claims": Sight(lambda console: console.line("claims").expect_screen("claims").wait(0).wait(0.5)),
    "quarantine": Sight(lambda console: console.alarms().press("q").expect_screen("quarantine"), refusing),
    "drill": Sight(lambda console: console.press("ctrl+e").expect_screen("drill").wait(1.5), led),
    "help": Sight(lambda console: console.press("f1").expect_screen("help")),
    "handover": Sight(lambda console: console.press("f9").wait(0), shared),
    "desks": Sight(lambda console: console.press("ctrl+d").wait(0), shared),
    "palette": Sight(lambda console: console.press("ctrl+p").wait(0)),
    "line": Sight(lambda console: console.press("colon").wait(0)),
    "ask": Sight(lambda console: console.incidents().line("ask").wait(0)),
}
