"""What a newcomer meets: every function near, nothing there yet, help where he is, tour, cards."""

# ruff: noqa: RUF001 - full-width characters are what an input method sends

import random
from collections.abc import Iterator

import pytest
from textual.widgets import Input

from dispatch import language
from dispatch.console.commands import COMMANDS, registry
from dispatch.console.dialogs.advice import MassDialog
from dispatch.console.dialogs.card import CardDialog, CardsDialog
from dispatch.console.dialogs.choose import YesNoDialog
from dispatch.console.dialogs.incident import IncidentDialog
from dispatch.console.dialogs.send_many import SendManyDialog
from dispatch.console.keymap import Keymap, load_keymap
from dispatch.console.reach import MOST, reach, screens
from dispatch.console.screens import SCREENS_BY_NAME
from dispatch.console.tour import STOPS, Tour
from dispatch.console.trade import BLOOD, DISPATCH
from dispatch.console.widgets.board import Board
from dispatch.domain.alarms import AlarmId, Severity
from dispatch.domain.incidents import IncidentId
from dispatch.domain.model import Name
from dispatch.picture.live import Picture
from dispatch.settings import config_file
from dispatch.settings.cards import CardParam, Cards, CardStep, RunCard
from tests.console.driver import Console, console_app, screen_text
from tests.console.fakes import FakeDesk, fake_desk, shipped
from tests.console.fakes_drill import FakeSteering
from tests.console.neighbours import a_day_of_lending


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    spoken = language.current()
    language.use("zh_CN")
    yield
    language.use(spoken)


def keymap() -> Keymap:
    return load_keymap(config_file("keymap.toml"), registry().names())


# --- every function near


def test_every_command_takes_three_keys_or_one_line(desk: FakeDesk) -> None:
    """Counted from the one registry and the keymap; a line counts when the command line takes it as it is."""
    ways, known = reach(keymap()), registry()
    a_day_of_lending(desk)
    by_line = []
    for command in COMMANDS:
        keys = ways.get(command.name(), ())
        if 1 <= len(keys) <= MOST:
            continue
        by_line.append(command.name())
        line = command.example or command.name()
        assert isinstance(known.parse(line, desk), command), f"{command.name()}: {keys} and no line"
    acts_of_a_shift = {"choose", "ack", "new", "answer", "orders", "mass", "card", "hold", "close", "stock"}
    assert not acts_of_a_shift & set(by_line)


def test_every_screen_is_at_most_three_keys_from_the_incidents() -> None:
    for trade in (DISPATCH, BLOOD):
        ways = screens(keymap().of(trade.name), trade.home)
        assert trade.screens - {"claims"} <= set(ways), "claims is for its own role: :claims"
        assert max(map(len, ways.values())) <= MOST


def test_a_command_that_no_key_gives_is_in_no_way() -> None:
    assert "symbols" not in reach(keymap())
    few = Keymap({"f4": "goto blood"}, {"blood": {"m": "goto moves"}, "moves": {"d": "keep"}})
    assert reach(few)["keep"] == ("F4", "m", "d")


async def test_the_keys_that_are_counted_lead_where_they_say(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        for screen, keys in screens(keymap()).items():
            await console.incidents().press(*[key.lower() for key in keys])
            await console.expect_screen(screen)


# --- nothing there


def bare_desk() -> FakeDesk:
    """The same site on its first morning: no unit, incident, count, request or alarm."""
    desk = fake_desk()
    was = desk.picture
    desk.picture = Picture(
        cities=tuple(was.cities.values()),
        hospitals=(),
        banks=tuple(was.banks.values()),
        components=tuple(was.components.values()),
        sites=(),
        bridges=(),
        units=(),
    )
    desk.quarantine.rows = []
    desk.claims.known = {}
    desk.steering = NothingPlanned()
    return desk


class NothingPlanned(FakeSteering):
    """A drill in which nothing is planned."""

    async def refresh(self) -> None:
        await super().refresh()
        assert self.course is not None
        self.course = self.course.model_copy(update={"events": ()})


@pytest.mark.parametrize("speech", ["zh_CN", "en"])
@pytest.mark.parametrize("screen", SCREENS_BY_NAME)
async def test_a_screen_with_nothing_there_says_what_to_do(screen: str, speech: str) -> None:
    desk = bare_desk()
    language.use(speech)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.expect_screen("incidents")
        await console.app.goto(screen)
        await console.wait(1).expect_screen(screen)
        shown = screen_text(console.app)
        empty = [
            board
            for board in console.app.screen.query(Board)
            if board.is_on_screen and board.region.height > 3 and not board.keys and board.empty
        ]
        for board in empty:
            what, *do = board.empty.split("\n")
            assert do, f"{screen}: {what!r} says no thing to do"
            for line in (what, *do):
                assert line[:20] in shown, f"{line!r} does not stand on {screen}:\n{shown}"
        if screen not in ("map", "help", "blood"):
            assert empty, f"{screen} shows nothing and says nothing:\n{shown}"


@pytest.mark.parametrize(("key", "word"), [("3", "批次"), ("4", "RhD"), ("5", "到期"), ("1", "")])
async def test_the_views_of_blood_with_no_count_say_so(key: str, word: str) -> None:
    desk = bare_desk()
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.blood().press(key).wait(1)
        assert word in screen_text(console.app)


# --- an input method on every screen


def commits(seed: str) -> Iterator[str]:
    """One to twenty characters that are committed at once: Chinese, full-width digits, letters, signs."""
    dice = random.Random(seed)
    every = [*"：／，。、！？（）１２３４５６７８９０ＡＢＣｎｑｒｃｚ", *"nrqcz0123:/"]
    for length in range(1, 21):
        if length == 1:
            yield chr(dice.randint(0x4E00, 0x9FFF))
            continue
        yield "".join(
            chr(dice.randint(0x4E00, 0x9FFF)) if dice.random() < 0.5 else dice.choice(every)
            for _place in range(length)
        )


@pytest.mark.parametrize("screen", SCREENS_BY_NAME)
async def test_a_commit_of_one_to_twenty_characters_fires_no_key(desk: FakeDesk, screen: str) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.expect_screen("incidents")
        await console.app.goto(screen)
        await console.expect_screen(screen)
        before = list(desk.acts)
        for text in commits(screen):
            await console.commit(text).expect_screen(screen)
            assert len(console.app.screen_stack) == 1, f"{text!r} opened {console.app.screen}"
            assert desk.acts == before, f"{text!r} did {desk.acts}"


# --- help where he is


async def test_help_begins_with_the_keys_of_the_screen_that_was_left(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 48)) as pilot:
        await (
            Console(pilot, desk)
            .blood().press("f1").expect_screen("help").expect_text("本界面：血液", "RhD 阴性")
            .press("escape").expect_screen("blood")
            .line("help keep").expect_text("从事件界面按：F4  m  d")
        )  # fmt: skip


async def test_help_in_a_form_is_about_its_field_and_loses_nothing(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.press("f10").expect_dialog(IncidentDialog).fill("place", "五一").press("f1")
        await console.expect_text("首字母", "F8 确认眼前的告警")
        await console.press("escape").expect_dialog(IncidentDialog)
        assert console.app.screen.query_one("#place", Input).value == "五一"


# --- find


@pytest.mark.parametrize(
    ("typed", "screen"),
    [
        ("CS-003", "units"),
        ("cs-1124-0003", "incidents"),
        ("yuelu", "map"),
        ("xyyy", "map"),
        ("csxyzx", "map"),
    ],
)
async def test_find_knows_units_incidents_sites_hospitals_and_banks(
    desk: FakeDesk, typed: str, screen: str
) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).line(f"find {typed}").expect_screen(screen)


# --- the tour


def test_each_stop_of_the_tour_waits_for_a_command_that_there_is() -> None:
    names, lines = {command.name() for command in COMMANDS}, keymap()
    for stop in STOPS:
        assert stop.commands <= names
        assert stop.commands or stop.keys
        for line in stop.lines.values():
            assert lines.keys_anywhere(line), f"{line} stands on no key"


def test_only_what_was_done_goes_on() -> None:
    tour = Tour()
    tour.did("choose", ok=True)
    assert not tour.running
    tour.begin()
    tour.pressed("f5")
    assert tour.at == 0
    tour.pressed("down")
    tour.did("choose", ok=False)
    tour.did("orders", ok=True)
    assert tour.at == 1
    tour.did("choose", ok=True)
    assert tour.at == 2


def test_the_tour_makes_room_for_a_critical_alarm_and_leaves_out_what_nobody_needs() -> None:
    tour = Tour()
    tour.begin()
    assert "危急" in tour.text(str, critical=True, alarms=True)
    while tour.stop is not None and not tour.stop.needs_alarm:
        tour.go_on()
    assert "ack" in tour.text(str, critical=True, alarms=True)
    tour.text(str, critical=False, alarms=False)
    assert tour.stop is not None
    assert not tour.stop.needs_alarm
    tour.go_on()
    assert tour.text(str, critical=False, alarms=False) == ""


@pytest.mark.parametrize("speech", ["zh_CN", "en"])
async def test_the_tour_waits_step_by_step_and_covers_no_alarm(desk: FakeDesk, speech: str) -> None:
    language.use(speech)
    app = console_app(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.press("f1").expect_screen("help").press("t").expect_screen("incidents").wait(1)
        assert app.tour.at == 0
        desk.picture.alarms.raise_(
            AlarmId("audit"), Severity.CRITICAL, "audit_failed", desk.clock.now(), {"error": "x"}
        )
        await console.wait(1)
        shown = screen_text(app).splitlines()
        assert any(("危急" in line or "critical" in line) for line in shown)
        assert any("F8" in line for line in shown)
        await console.press("f8").wait(1).press("f8").wait(1).press("f8").wait(1)
        await console.press("down").wait(1)
        assert app.tour.at == 1
        for _stop in range(len(STOPS)):
            await console.press("ctrl+y").wait(1)
        assert not app.tour.running
        await console.line("tour").wait(1)
        assert app.tour.running
        await console.press("ctrl+x").wait(1)
        assert not app.tour.running


async def test_there_is_no_tour_where_units_are_real() -> None:
    desk = fake_desk(drill=False)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await Console(pilot, desk).line("tour").expect_result("演练", ok=False)


# --- cards


def with_cards(desk: FakeDesk, *steps: CardStep) -> FakeDesk:
    param = CardParam(name="city", zh="城市", en="city")
    card = RunCard(code="look", title=Name(zh="巡视", en="Round"), about=Name(zh="看一遍", en="A look"),
                   params=(param,), steps=steps, lines=tuple(range(1, len(steps) + 1)))  # fmt: skip
    desk.configuration = shipped().model_copy(update={"cards": Cards(file="cards.toml", cards=(card,))})
    return desk


async def test_a_card_is_shown_then_runs_step_by_step(desk: FakeDesk) -> None:
    with_cards(desk, CardStep(run="city {city}"), CardStep(run="goto map", confirm=True))
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("ctrl+k").expect_dialog(CardsDialog).press("1").expect_dialog(CardDialog)
            .press("f7").expect_dialog(CardDialog).expect_text("{city}")
            .fill("city", "株洲").expect_text("1  city 株洲", "2  goto map").press("f7")
            .expect_dialog(YesNoDialog).expect_screen("units").press("enter").expect_screen("map")
            .expect_result("2 步已完成", ok=True)
        )  # fmt: skip


async def test_a_card_stops_at_the_first_step_that_is_refused(desk: FakeDesk) -> None:
    with_cards(desk, CardStep(run="city nowhere{city}"), CardStep(run="goto map"))
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("card look 9").expect_dialog(CardDialog).press("f7")
            .expect_result("第 1 步（共 2 步）", ok=False).expect_screen("incidents")
        )  # fmt: skip


async def test_a_step_that_is_not_agreed_to_ends_the_card(desk: FakeDesk) -> None:
    with_cards(desk, CardStep(run="city {city}"), CardStep(run="goto map", confirm=True))
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("card look 株洲").press("f7").expect_dialog(YesNoDialog).press("escape")
            .expect_result("停在第 2 步之前", ok=False).expect_screen("units")
        )  # fmt: skip


def test_a_card_is_named_by_its_code_its_name_or_pinyin(desk: FakeDesk) -> None:
    known = registry()
    for word in ("many", "多人伤亡", "duorenshangwang"):
        assert known.parse(f"card {word} 云龙 14", desk).fields == {"card": "many", "values": "云龙 14"}


# --- many units in one step


def many_hurt(desk: FakeDesk, patients: int) -> None:
    hit = IncidentId("CS-1124-0003")
    held = desk.picture.incidents[hit]
    desk.picture.incidents[hit] = held.model_copy(
        update={"patients": patients, "opened_at": desk.clock.now()}
    )


async def test_the_units_of_a_plan_go_after_one_review_each_by_its_own_order(desk: FakeDesk) -> None:
    many_hurt(desk, 4)
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.incidents().select("CS-1124-0003").press("m").expect_dialog(MassDialog).press("f7")
        await console.expect_dialog(SendManyDialog)
        dialog = console.app.screen
        assert isinstance(dialog, SendManyDialog)
        count = len(dialog.lines())
        assert count >= 4
        left_out = dialog.lines()[0].split()[0]
        await console.press("space").expect_text(f"派出 {count - 1}/{count} 辆").press("f7").wait(1)
    sent = [act["unit"] for act in desk.did("unit")]
    assert len(sent) == len(set(sent)) == count - 1
    assert left_out not in sent


async def test_a_unit_that_is_refused_is_shown_and_stops_no_other(desk: FakeDesk) -> None:
    many_hurt(desk, 4)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.incidents().select("CS-1124-0003").press("m", "f7").expect_dialog(SendManyDialog)
        dialog = console.app.screen
        assert isinstance(dialog, SendManyDialog)
        first, count = dialog.lines()[0].split()[0], len(dialog.lines())
        desk.busy.add(first)
        await console.press("f7").expect_text("1 辆车未派成", f"{first} 已不可派")
    assert len(desk.did("unit")) == count - 1


def test_the_shipped_cards_fit_the_keymap() -> None:
    assert keymap().keys_anywhere("card") == ("Ctrl+K",)
