"""Every command by the command line: what it does, and what it says when something is missing."""

# ruff: noqa: RUF001 - full-width letters are what an input method sends

import pytest

from dispatch import language
from dispatch.console import symbols
from dispatch.console.commands import COMMANDS, registry
from dispatch.console.dialogs.choose import YesNoDialog
from dispatch.console.dialogs.incident import IncidentDialog
from dispatch.console.results import Misread
from dispatch.domain.geography import Datum
from dispatch.domain.incidents import IncidentId, IncidentState, Priority
from dispatch.domain.units import Capability, UnitId, UnitState
from tests.console.driver import Console, console_app
from tests.console.fakes import CHANGSHA, XIANGTAN, FakeDesk, fake_desk
from tests.console.neighbours import a_day_of_lending


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


async def test_open_takes_place_priority_patients_and_needs_in_any_order(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).line("open p1 xyyy 2 trauma").expect_result("湘雅医院", ok=True)
    opened = desk.did("open")[0]["incident"]
    assert opened.place == "湘雅医院"  # type: ignore[attr-defined]
    assert (opened.priority, opened.patients) == (Priority.LIFE_THREATENING, 2)  # type: ignore[attr-defined]
    assert opened.needs == {Capability.TRAUMA}  # type: ignore[attr-defined]


async def test_why_a_unit_is_left_out_is_said_in_words_and_not_as_a_code(desk: FakeDesk) -> None:
    fleet, unit = desk.picture.fleet, UnitId("CS-003")
    status = fleet.view(unit).status
    assert status is not None
    changed = {"state": UnitState.PAUSED, "reason": "crew_change", "since": desk.clock.now()}
    fleet.apply_status(unit, status.model_copy(update=changed))
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("send CS-003 to CS-1124-0003")
            .expect_text("未列入推荐：CS-003：暂停调用：交接班")
        )  # fmt: skip


async def test_open_takes_a_latitude_and_longitude(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).line("open 28.2,112.95 p3").expect_text("28.20000, 112.95000")
    assert desk.did("open")[0]["datum"] is Datum.WGS84


async def test_send_sends_rank_one_after_the_question(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("send cs-003 to CS-1124-0003").expect_text("CS-003 → CS-1124-0003").expect_no_act()
            .press("enter").expect_act("unit", unit="CS-003", rank=1)
        )  # fmt: skip


async def test_send_of_a_unit_left_out_tells_why_and_asks_for_a_reason(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("send CS-006 CS-1124-0003").expect_text("未列入推荐", "加油", "请说明原因")
            .press("escape").expect_no_act()
        )  # fmt: skip


async def test_hospital_finds_the_incident_of_the_unit(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("hospital CS-002 湘雅医院").press("1", "enter")
            .expect_act("hospital", hospital="CS-H-XIANGYA", incident="CS-1124-0001")
        )  # fmt: skip


async def test_blood_ranks_the_banks_and_asks_the_first(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("blood 悬浮红细胞 O+ 6 湘雅二医院 40min").expect_screen("blood").expect_text("03:11 前需用")
            .press("f7").expect_text("长沙血液中心 → 湘雅二医院", "悬浮红细胞 O+ 6")
            .press("enter").expect_act("bank", bank="CS-B-CENTRE", quantity=6)
        )  # fmt: skip


async def test_full_width_typing_is_as_good(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("ｂｌｏｏｄ 悬浮红细胞 Ｏ＋ ６ 湘雅二医院 ４０分钟").expect_screen("blood")
            .line("：ｇｏｔｏ ｍａｐ").expect_screen("map")
        )  # fmt: skip


@pytest.mark.parametrize("key", [":", "："])
async def test_the_colon_opens_the_command_line_in_either_width(desk: FakeDesk, key: str) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .commit(key)
            .wait(0)
            .press("u", "n", "i", "tab", "enter")
            .expect_screen("units")
        )


@pytest.mark.parametrize("key", ["/", "／"])
async def test_the_slash_finds_in_either_width(desk: FakeDesk, key: str) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .commit(key).wait(0).press(*"zz-005", "enter").expect_screen("units").expect_result("ZZ-005")
        )  # fmt: skip


async def test_find_shows_each_kind_where_it_belongs(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("find xyeyy").expect_screen("map").expect_text("湘雅二医院")
            .line("find ZZ-1124-0002").expect_screen("incidents")
            .line("find qwertz").expect_result("找不到", ok=False)
        )  # fmt: skip


async def test_small_commands_end_in_a_result(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("ack").expect_result("湘潭离线", ok=True).expect_act("ack", alarm="city:xiangtan")
            .line("ack").line("ack").expect_result("均已确认", ok=False)
            .line("theme day").expect_result("日间", ok=True)
            .line("symbols ascii").expect_result("ascii", ok=True).line("symbols braille")
            .line("zoom 湘潭").expect_screen("map").expect_result("湘潭地图", ok=True).line("zoom in")
            .line("quarantine").expect_screen("quarantine")
            .line("units").expect_screen("units").line("血液").expect_screen("blood")
            .line("state free").expect_screen("units").expect_result("可派", ok=True)
            .line("help send").expect_screen("help").expect_text("send <车辆> <事件>")
            .line("pane").expect_result("本界面", ok=False)
            .line("incidents").line("pane").expect_result("医院", ok=True)
            .line("refresh").expect_result("重新", ok=True)
            .line("point").expect_screen("map").expect_result("点选", ok=True)
            .line("new 28.2,112.9").expect_dialog(IncidentDialog).press("escape")
            .line("lang en").expect_result("English", ok=True).line("lang zh")
            .line("quit").expect_dialog(YesNoDialog).press("escape")
        )  # fmt: skip
    assert symbols.symbols().name == "braille"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("send CS-012", "缺少：事件"),
        ("send", "缺少：车辆、事件"),
        ("send CS-999 CS-1124-0003", "“CS-999”不是已知的车辆"),
        ("open 湘雅医院", "缺少：级别"),
        ("open p5 湘雅医院", "没有 5"),
        ("open p1 没有这个地方吧", "找不到地点"),
        ("blood 悬浮红细胞 O+ 湘雅二医院 40min", "缺少：数量"),
        ("hospital CS-001 湘雅医院", "没有任务"),
        ("hospital CS-002 市中心医院", "请多输入几个字"),
        ("goto nowhere", "“nowhere”不是已知的界面"),
        ("hold CS-1124-9999 30min 等家属", "“CS-1124-9999”不是已知的事件"),
        ("note CS-1124-9999 家属来电", "“CS-1124-9999”不是已知的事件"),
        ("chase 9999 再次催促", "“9999”不是已知的事件"),
        ("amend CS-1124-9999 p1 4", "“CS-1124-9999”不是已知的事件"),
        ("close CS-1124-9999 放空 已离开", "“CS-1124-9999”不是已知的事件"),
        ("reinforce 9999 2", "应为 1 至 99"),
        ("decline CS-1124-9999 没车", "“CS-1124-9999”不是已知的"),
        ("pause CS-999 加油", "“CS-999”不是已知的车辆"),
        ("set 8 CS-998 车辆故障", "“CS-998”不是已知的车辆"),
        ("telephone ZZ-099 for CS-1124-0003", "“ZZ-099”不是已知的车辆"),
        ("recall CS-003 不需要", "CS-003 没有任务"),
        ("fly", "没有命令“fly”"),
        ("", "未输入命令"),
    ],
)
async def test_what_is_missing_or_wrong_is_named(desk: FakeDesk, line: str, complaint: str) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        console.app.submit(line)
        await pilot.pause()
        await pilot.pause()
        await console.expect_result(complaint, ok=False).expect_no_act()


async def test_a_line_comes_back_with_the_up_key(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("goto map").incidents().press("colon").press("up", "enter").expect_screen("map")
        )  # fmt: skip


def test_completion_knows_chinese_pinyin_and_initials(desk: FakeDesk) -> None:
    known = registry()
    assert "湘雅二医院" in [found.text for found in known.complete("hospital CS-002 xyeyy", desk)]
    assert "send" in [found.text for found in known.complete("paich", desk)]
    assert "CS-1124-0003" in [found.text for found in known.complete("send CS-003 CS-1124-0003", desk)]
    assert [found.text for found in known.complete("goto 告警", desk)] == ["alarms"]


def offered(line: str, desk: FakeDesk) -> set[str]:
    """What Tab offers; of incidents only their numbers."""
    found = {found.text for found in registry().complete(line, desk)}
    return found if "CS-0" in line or "XT-0" in line else found & set(desk.picture.incidents)


def test_only_units_of_cities_out_of_reach_are_offered_to_be_arranged_by_telephone(desk: FakeDesk) -> None:
    assert offered("telephone XT-0", desk)
    assert not offered("telephone CS-0", desk)
    desk.picture.sight[XIANGTAN] = desk.picture.sight[CHANGSHA]
    assert not offered("telephone XT-0", desk)


def test_only_units_on_a_task_are_offered_to_be_called_back(desk: FakeDesk) -> None:
    fleet = desk.picture.fleet
    pairs = zip(fleet.units, fleet.statuses, strict=True)
    on_a_task = {unit.id for unit, status in pairs if status is not None and status.incident is not None}
    for verb in ("recall", "reassign", "hospital"):
        assert offered(f"{verb} CS-00", desk)
        assert offered(f"{verb} CS-00", desk) <= on_a_task


def test_an_incident_is_offered_where_the_command_takes_it(desk: FakeDesk) -> None:
    ours = {each.id for each in desk.picture.open_incidents() if each.city == desk.home_city}
    others = {each.id for each in desk.picture.open_incidents()} - ours
    busy = {each.id for each in desk.picture.open_incidents() if each.units}
    assert others, "the picture has an incident of another city"
    for verb in ("reinforce", "amend", "nofree", "hold", "close"):
        assert offered(f"{verb} ", desk)
        assert offered(f"{verb} ", desk) <= ours
    assert not offered("hold ", desk) & busy
    assert not offered("close ", desk) & busy
    assert offered("chase ", desk) & others
    waiting = desk.picture.incidents[IncidentId("CS-1124-0003")]
    assert not offered("wake 0003", desk)
    held = waiting.model_copy(update={"state": IncidentState.HELD})
    desk.picture.incidents[waiting.id] = held
    assert offered("wake 0003", desk) == {waiting.id}


def test_a_verb_is_given_once_and_every_command_can_be_read() -> None:
    verbs = [verb for command in COMMANDS for verb in command.verbs]
    assert len(verbs) == len(set(verbs))
    desk = fake_desk()
    a_day_of_lending(desk)
    for command in COMMANDS:
        if command.example:
            assert isinstance(registry().parse(command.example, desk), command)


@pytest.mark.parametrize("speech", ["zh_CN", "en"])
def test_every_command_says_what_it_is_in_both_languages(speech: str) -> None:
    language.use(speech)
    for command in COMMANDS:
        for text in (command.title, command.help, command.group, *(arg.title for arg in command.args)):
            assert language.say("zh_CN", text) != text


def test_no_line_of_any_kind_does_more_than_complain(desk: FakeDesk) -> None:
    known = registry()
    for line in ("[/]", "open [@click=app.quit]x[/]", "\x1b[2J", "send \u202e x", "：：：", "／"):
        with pytest.raises(Misread) as complaint:
            known.parse(line, desk)
        assert "\x1b" not in str(complaint.value)
        known.complete(line, desk)


def test_four_digits_are_the_number_of_the_one_incident_that_ends_so(desk: FakeDesk) -> None:
    known = registry()
    assert known.parse("note 0003 公安已到场", desk).text("incident") == "CS-1124-0003"
    assert known.parse("send CS-003 0003", desk).text("incident") == "CS-1124-0003"
    with pytest.raises(Misread):
        known.parse("note 9999 公安已到场", desk)


def test_four_digits_within_a_text_are_text(desk: FakeDesk) -> None:
    known = registry()
    by_telephone = known.parse("telephone XT-003 for 0003 湘潭值班长刘洋", desk)
    assert by_telephone.text("incident") == "CS-1124-0003"
    twice = known.parse("note CS-1124-0001 0003 号房", desk)
    assert (twice.text("incident"), twice.text("text")) == ("CS-1124-0001", "0003 号房")
    note = registry().parse("note 病人在 0003", desk)
    assert (note.text("incident"), note.text("text")) == ("", "病人在 0003")


def test_four_digits_that_two_incidents_end_in_name_both(desk: FakeDesk) -> None:
    incident = desk.picture.incidents[IncidentId("CS-1124-0003")]
    other = incident.model_copy(update={"id": IncidentId("XT-1124-0003"), "city": "xiangtan"})
    desk.picture.incidents[other.id] = other
    with pytest.raises(Misread, match=r"CS-1124-0003.*XT-1124-0003|XT-1124-0003.*CS-1124-0003"):
        registry().parse("note 0003 公安已到场", desk)


async def test_a_place_that_may_mean_several_is_never_guessed(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("open 市中心医院 p2 1").expect_result("请多输入几个字", ok=False).expect_no_act()
            .line("open 长沙市中心医院 p2 1").expect_result("长沙市中心医院", ok=True)
        )  # fmt: skip


async def test_a_second_incident_at_one_place_is_asked_about(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.line("open 28.2,112.95 p3").expect_result("已受理", ok=True)
        await (
            console.line("open 28.2,112.95 p1 1").expect_dialog(YesNoDialog)
            .expect_text("仍要新建事件", "已受理").press("escape").expect_result("未", ok=False)
        )  # fmt: skip
        assert len(desk.did("open")) == 1
        await console.line("open 28.2,112.95 p1 1").expect_dialog(YesNoDialog).press("enter").wait(1)
    assert len(desk.did("open")) == 2


async def test_a_place_outside_the_three_cities_is_asked_about(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("open 31.2,121.4 p1").expect_dialog(YesNoDialog).expect_text("在三市以外")
            .press("escape").expect_no_act()
        )  # fmt: skip
