"""A shift in front of real consoles over three real centres: only keys are pressed, only the screen is read.

the caller's words -> F10 -> what is recommended and why -> F7 -> the crew acknowledges -> scene ->
hospital -> free; the same with a unit of Xiangtan; the same while Xiangtan is cut off.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dispatch import language
from dispatch.calls import FILE as CALLS_FILE
from dispatch.domain.aid import AidState
from dispatch.domain.incidents import Ending, IncidentId, IncidentState
from dispatch.domain.units import UnitId, UnitState
from tests.scenarios.at_the_console import LARGE, SMALL, Crew, Dispatcher, at_the_console
from tests.scenarios.three_cities import CHANGSHA, XIANGTAN, ThreeCities, three_cities
from tests.scenarios.what_was_kept import (
    A_WHOLE_ORDER,
    aids_kept,
    everything_said,
    in_turn,
    incident_kept,
    logs_hold,
    order_steps,
)

S = UnitState
CALLER = "13973112345"


@pytest.fixture
async def cities(tmp_path: Path) -> AsyncIterator[ThreeCities]:
    async with three_cities(tmp_path) as running:
        yield running


@dataclass(frozen=True)
class Words:
    """What the screen says in one language on the way of an own unit."""

    form: str
    place: str
    opened: str
    fastest: str
    estimate: str
    send: str
    ordered: str
    unconfirmed: str
    acknowledged: str
    en_route: str
    at_scene: str
    name_hospital: str
    takes_to: str
    transporting: str
    carried: str
    at_hospital: str
    ended: str
    completed: str
    on_road: str


ZH = Words(
    form="新事件",
    place="五一广场",
    opened="已受理：五一广场",
    fastest="到达最快",
    estimate="估算：直线距离",
    send="派车确认",
    ordered="已派",
    unconfirmed="车组尚未确认",
    acknowledged="：车组已确认",
    en_route="2 驶向现场",
    at_scene="3 到达现场",
    name_hospital="送院确认",
    takes_to="将病人送往",
    transporting="4 载人送院",
    carried="已送 1 人",
    at_hospital="5 到达医院",
    ended="任务结束",
    completed="正常完成",
    on_road="6 途中待命",
)
EN = Words(
    form="New incident",
    place="Wuyi Square",
    opened="is opened: Wuyi Square",
    fastest="least ETA",
    estimate="estimate: straight line",
    send="Send the unit",
    ordered="Dispatched",
    unconfirmed="its crew has not acknowledged yet",
    acknowledged="its crew has acknowledged",
    en_route="2 En route",
    at_scene="3 On scene",
    name_hospital="Name the hospital",
    takes_to="takes its patients to",
    transporting="4 Transporting",
    carried="carried 1",
    at_hospital="5 At hospital",
    ended="task over",
    completed="completed",
    on_road="6 Free on road",
)


# --- an own unit ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("speech", "size", "words"), [("zh_CN", SMALL, ZH), ("en", LARGE, EN)], ids=["zh-80x24", "en-160x48"]
)
async def test_a_call_is_served_by_an_own_unit(
    cities: ThreeCities, speech: str, size: tuple[int, int], words: Words
) -> None:
    language.use(speech)
    changsha = cities.towns[CHANGSHA]
    async with everything_said(cities.towns.values()) as said, at_the_console(cities, size) as dispatcher:
        # "120": chest pain at Wuyi Square
        await (
            dispatcher.press("f10").expect_text(words.form)
            .type("wygc").expect_text(words.place).press("enter", "1", "tab", "1")
            .press("tab", "4", "tab").type("胸痛伴大汗").press("tab").type(CALLER)
            .press("tab").type("李先生").press("f7")
            .expect_text(words.opened, "胸痛伴大汗", words.fastest, words.estimate)
            .expect_no_text(CALLER)
        )  # fmt: skip
        # rank 1 is sent
        await dispatcher.press("f7").expect_text(words.send)
        unit = UnitId(await dispatcher.reads(r"(CS-\d{3}) → CS-\d{4}-\d{4}"))
        number = IncidentId(await dispatcher.reads(r"CS-\d{3} → (CS-\d{4}-\d{4})"))
        crew = Crew(changsha, unit)
        await dispatcher.press("enter").expect_text(words.ordered)
        await crew.hears()
        await dispatcher.expect_text(words.ordered).expect_no_text(words.acknowledged)
        await crew.acknowledges()
        await dispatcher.expect_text(words.acknowledged).expect_no_text(words.unconfirmed)
        # to the scene
        await crew.says(S.EN_ROUTE)
        await dispatcher.expect_text(words.en_route)
        await crew.says(S.ON_SCENE)
        await dispatcher.expect_text(words.at_scene)
        # the hospital is named by the same key
        await dispatcher.press("f7").expect_text(words.name_hospital, f"{unit} →").press("enter")
        await dispatcher.expect_text(f"{unit} {words.takes_to}")
        hospital = cities.session.picture.hospitals[await crew.hears_hospital()]
        await crew.says(S.TRANSPORTING, patients=1)
        await dispatcher.expect_text(words.transporting, words.carried, hospital.name.text(speech)[:8])
        await crew.says(S.AT_HOSPITAL)
        await dispatcher.expect_text(words.at_hospital)
        # through; the incident ends under the cursor and says how
        await crew.is_through()
        await dispatcher.expect_text(words.ended, words.completed, words.on_road)
        await _story_is_told(dispatcher, words)
    assert CALLER.encode() not in said
    assert "李先生".encode() not in said
    assert number.encode() in said
    assert CALLER.encode() in (cities.folder / CALLS_FILE).read_bytes() + _wal(cities.folder / CALLS_FILE)
    ended = incident_kept(changsha, number)
    assert (ended.state, ended.ending, ended.carried) == (IncidentState.CLOSED, Ending.COMPLETED, 1)
    assert order_steps(changsha, unit) == A_WHOLE_ORDER
    steps = ["opened", "order.ordered", "order.acked", "destination", "order.done", "closed"]
    in_turn(changsha, number, steps)
    logs_hold(cities)


async def _story_is_told(dispatcher: Dispatcher, words: Words) -> None:
    """The timeline of the ended incident, the newest line on top."""
    await dispatcher.press("t", "t").expect_text(words.at_hospital, words.en_route, words.place)
    text = dispatcher.text()
    told = [words.at_hospital, words.transporting, words.takes_to, words.at_scene, words.en_route]
    places = [text.index(line) for line in told]
    assert places == sorted(places)
    await dispatcher.press("escape")


def _wal(file: Path) -> bytes:
    """What stands in the write-ahead log of a database that is in use."""
    log = file.with_name(f"{file.name}-wal")
    return log.read_bytes() if log.exists() else b""


# --- a unit of Xiangtan ---------------------------------------------------------------------------


async def test_a_unit_is_borrowed_from_xiangtan_and_given_back(cities: ThreeCities, tmp_path: Path) -> None:
    lender = cities.towns[XIANGTAN]
    async with (
        cities.another_console(tmp_path / "xiangtan", XIANGTAN, "console-9") as theirs,
        at_the_console(cities, SMALL) as changsha,
        at_the_console(theirs, SMALL) as xiangtan,
    ):
        # near the border Xiangtan is clearly sooner
        await _opened_at_the_border(changsha)
        await changsha.press("f7").expect_text("先向湘潭求援，同意后才下令", "借后留", "底线")
        unit = UnitId(await changsha.reads(r"(XT-\d{3}) → CS-\d{4}-\d{4}"))
        number = IncidentId(await changsha.reads(r"XT-\d{3} → (CS-\d{4}-\d{4})"))
        await changsha.press("enter").expect_text("已向湘潭求援 1 辆", "对方未答复", "未派车")
        await changsha.press("f7").expect_text("请等待答复，或撤回请求").expect_no_text("派车确认")
        # the neighbour's desk: a loud line, what it keeps, yes first and the unit after it
        await (
            xiangtan.expect_text("长沙求援 1 辆", "1 危重", "Ctrl+A 答复", "湘潭空闲 45，借后留 44")
            .press("ctrl+a").expect_text(number, "对方点名", "本席正在答复", "借后留 44／共 45（底线 5）")
            .press("shift+tab", "2", "f7").expect_text("待我方定车")
        )  # fmt: skip
        await changsha.expect_text("对方同意待定车").expect_no_text("车组已确认")
        await (
            xiangtan.press("ctrl+a").expect_text(f"出借 {unit}（1／1 辆）")
            .press("f7").expect_text(f"已指定 {unit} 支援").expect_no_text("长沙求援")
        )  # fmt: skip
        # the order follows by itself, and is confirmed by nobody but the crew
        crew = Crew(lender, unit)
        await crew.hears()
        await changsha.expect_text("0 分配任务", "已派").expect_no_text("已向湘潭求援", "车组已确认")
        await crew.acknowledges()
        await changsha.expect_text("✓ 车组已确认", "1 收到指令")
        await crew.says(S.EN_ROUTE)
        await changsha.expect_text("2 驶向现场")
        await crew.says(S.ON_SCENE)
        await changsha.expect_text("3 到达现场", "现场处置")
        await xiangtan.press("ctrl+l").expect_text("借出执行中", f"{unit}  已派  3 到达现场")
        # its hospital is named here
        await changsha.press("f7").expect_text("送院确认", f"{unit} →").press("enter")
        await crew.hears_hospital()
        await crew.says(S.TRANSPORTING, patients=1)
        await changsha.expect_text("4 载人送院", "已送 1 人")
        await crew.says(S.AT_HOSPITAL)
        await changsha.expect_text("5 到达医院")
        await crew.is_through()
        await changsha.expect_text("正常完成", "任务结束")
        await xiangtan.expect_text("已归还", f"{unit}  已归队  6 途中待命")
        await changsha.press("ctrl+l").expect_text("已归还", f"{unit}  已归队")
    ended = incident_kept(cities.towns[CHANGSHA], number)
    assert (ended.ending, ended.carried, ended.units) == (Ending.COMPLETED, 1, ())
    aids = aids_kept(lender, number)
    assert [(aid.state, aid.used, aid.back) for aid in aids] == [(AidState.RELEASED, (unit,), (unit,))]
    assert order_steps(lender, unit) == A_WHOLE_ORDER
    asked = ["opened", "aid.asked", "aid.accepted", "aid.committed"]
    in_turn(cities.towns[CHANGSHA], number, asked)
    logs_hold(cities, theirs)


# --- Xiangtan is cut off --------------------------------------------------------------------------


async def test_xiangtan_is_cut_off_in_mid_shift_and_comes_back(cities: ThreeCities) -> None:
    async with at_the_console(cities, LARGE) as changsha:
        await _opened_at_the_border(changsha)
        number = IncidentId(await changsha.reads(r"(CS-\d{4}-\d{4})"))
        unit = UnitId(await changsha.reads(r"▸1 +(XT-\d{3})"))
        cities.towns[XIANGTAN].cut_off()
        await changsha.expect_text("湘潭 ✗离线", "湘潭离线：车辆与库存为最后收到的情况")
        await changsha.expect_text("离线：其 45 辆车未列入").expect_no_text("支援，快")
        # its units are greyed and not ordered; the desk says how it is done now
        await (
            changsha.command(f"send {unit} to {number}")
            .expect_text("湘潭联系不上：请电话安排")
            .expect_no_text("派车确认")
        )
        await _arranged_by_telephone(changsha, unit, number)
        await changsha.press("f2").expect_text("电话调派", unit).expect_no_text("1起未派车")
        # own dispatch goes on
        await _served_by_an_own_unit(changsha, cities)
        # the cable is mended: both centres compare, and nothing speaks against it
        cities.towns[XIANGTAN].heal()
        await changsha.expect_text("湘潭 ✓实时", "电话调派", "与其记录无冲突")
        await changsha.press("f2").command(f"timeline {number}")
        await changsha.expect_text("网络中断，电话已同意", "与其记录无冲突")
    told = cities.log("unit.telephoned")
    assert [(row.detail["unit"], row.detail["spoke_to"]) for row in told] == [(unit, "湘潭值班长刘洋")]
    assert not cities.log("conflict.reported")
    reported = cities.towns[XIANGTAN].rows("break_glass.reported")
    assert [(row.target, row.detail["incident"]) for row in reported] == [(unit, number)]
    logs_hold(cities)


async def test_what_xiangtan_did_with_the_same_unit_meanwhile_is_a_conflict(
    cities: ThreeCities, tmp_path: Path
) -> None:
    async with (
        cities.another_console(tmp_path / "xiangtan", XIANGTAN, "console-9") as theirs,
        at_the_console(cities, SMALL) as changsha,
        at_the_console(theirs, SMALL) as xiangtan,
    ):
        await _opened_at_the_border(changsha)
        number = IncidentId(await changsha.reads(r"(CS-\d{4}-\d{4})"))
        unit = UnitId(await changsha.reads(r"▸1 +(XT-\d{3})"))
        # Xiangtan sends its unit to a call of its own, close by; Changsha cannot be told
        await xiangtan.press("f10").type("27.8720, 112.9640").press("tab", "tab", "1", "f7")
        other = IncidentId(await xiangtan.reads(r"(XT-\d{4}-\d{4})"))
        await (
            xiangtan.command(f"send {unit} to {other}")
            .expect_text("请说明原因")
            .press("1", "f7")
            .expect_no_text("派车确认")
        )
        await Crew(cities.towns[XIANGTAN], unit).acknowledges()
        await xiangtan.expect_text("车组已确认")
        cities.towns[XIANGTAN].cut_off()
        await changsha.expect_text("湘潭 ✗离线")
        await _arranged_by_telephone(changsha, unit, number)
        cities.towns[XIANGTAN].heal()
        for console in (changsha, xiangtan):
            await console.expect_text(
                f"冲突：{unit} 经电话调往 {number}，却在执行或执行过 {other}"[:40], "F6 查看"
            )
        # each city's centre has raised it for its own desks
        await changsha.press("f6").presses_until("f8", gone="F6 查看")
        await xiangtan.expect_text("F6 查看").press("f6").presses_until("f8", gone="F6 查看")
    row = cities.log("conflict.reported")[-1]
    assert (row.detail["unit"], row.detail["other"]) == (unit, other)
    assert len(cities.towns[XIANGTAN].rows("break_glass.conflict")) == 1
    in_turn(cities.towns[XIANGTAN], other, ["opened", "order.ordered", "order.acked", "conflict"])
    logs_hold(cities, theirs)


# --- what a shift does again and again ------------------------------------------------------------


async def _opened_at_the_border(dispatcher: Dispatcher) -> None:
    """A life-threatening call on this side of the line, told as coordinates."""
    await (
        dispatcher.press("f10").type("27.9900, 112.9100").press("tab", "tab", "1", "f7")
        .expect_text("已受理：", "支援，快", "对方受理")
    )  # fmt: skip


async def _arranged_by_telephone(dispatcher: Dispatcher, unit: UnitId, number: IncidentId) -> None:
    """Somebody over there said yes on the telephone: written down as break-glass."""
    await (
        dispatcher.command(f"telephone {unit} for {number}").expect_text("应急登记", f"{unit} → {number}")
        .type("湘潭值班长刘洋").press("tab", "1", "f7").expect_text(f"已电话调派 {unit} 前往 {number}")
    )  # fmt: skip


async def _served_by_an_own_unit(dispatcher: Dispatcher, cities: ThreeCities) -> None:
    """A second call, ordered and confirmed."""
    await (
        dispatcher.press("f10").type("wygc").expect_text("五一广场").press("enter", "1", "f7")
        .expect_text("已受理：五一广场").press("f7").expect_text("派车确认")
    )  # fmt: skip
    unit = UnitId(await dispatcher.reads(r"(CS-\d{3}) → CS-"))
    await dispatcher.press("enter").expect_no_text("派车确认")
    await Crew(cities.towns[CHANGSHA], unit).acknowledges()
    await dispatcher.expect_text("：车组已确认")
