"""Orders of blood as a shift plays them: answered, packed, handed over, measured; one key each."""

import pytest
from textual import events

from dispatch.console.symbols import symbols
from dispatch.domain.blood import LotId
from dispatch.domain.blood_orders import Bag, BloodAct, BloodOrderId
from dispatch.picture.cities import Sight
from tests.console.driver import Console, console_app
from tests.console.fakes import FakeDesk, fake_desk
from tests.console.fakes_blood import a_morning_of_blood

MINE, PACKING, CARRIED = "CS-B1-1126-101500-1", "ZZ-B1-1126-100200-1", "XT-B2-1126-094400-1"
ASIDE, OVER = "CS-B1-1126-091000-3", "CS-B1-1126-084100-1"


@pytest.fixture
def desk() -> FakeDesk:
    made = fake_desk()
    a_morning_of_blood(made.picture, made.clock.now())
    return made


async def test_unanswered_holds_stand_on_top_with_their_age_and_what_is_left(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(160, 40)) as pilot:
        console = Console(pilot, desk)
        await console.line("holds").wait(0).expect_text("待答复 2", "待决定 1", "运送中 1", "9分12秒")
        rows = [line for line in console.text().splitlines() if "-B" in line]
        assert MINE in rows[0]


async def test_an_order_at_a_bank_that_cannot_be_seen_is_told_apart(desk: FakeDesk) -> None:
    def of(order: str, console: Console) -> str:
        return next(line for line in console.text().splitlines() if order in line.split("│")[0])

    async with console_app(desk).run_test(size=(160, 40)) as pilot:
        console = Console(pilot, desk)
        await console.line("holds").select(PACKING).wait(0).expect_no_text("长沙失联：以下")
        assert symbols().offline not in of(PACKING, console)
        desk.picture.sight[desk.home_city].sight = Sight.OFFLINE
        await console.line("goto units").line("holds").select(PACKING).expect_text("长沙失联：以下")
        assert symbols().offline in of(PACKING, console)
        assert symbols().offline not in of(OVER, console)  # what is over is over


@pytest.mark.parametrize(
    ("order", "keys", "act"),
    [
        (MINE, ("y",), BloodAct.CONFIRM),
        (PACKING, ("p",), BloodAct.PACKED),
        (CARRIED, ("v",), BloodAct.DELIVER),
        (MINE, ("x",), BloodAct.CANCEL),
    ],
)
async def test_one_key_does_what_comes_next(
    desk: FakeDesk, order: str, keys: tuple[str, ...], act: BloodAct
) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk).line("holds").select(order).press(*keys)
        await console.wait(0.1).expect_act("act_on_blood", order=BloodOrderId(order), act=act)


async def test_a_carrier_with_a_units_number_is_that_unit_and_any_other_a_courier(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.line("holds").select(PACKING).line("hand cs-003").wait(0)
        await console.line("hand 周伟").wait(0)
        handed = [(fact["unit"], fact["courier"]) for fact in desk.did("act_on_blood")]
        assert handed == [("CS-003", ""), ("", "周伟")]


@pytest.mark.parametrize(("typed", "tenths"), [("4.2", 42), ("-18", -180), ("10度", 100), ("4,5", 45)])
async def test_a_temperature_is_read_as_it_is_typed(desk: FakeDesk, typed: str, tenths: int) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.line("holds").select(CARRIED).line(f"received {typed}").wait(0)
        assert [fact["temperature_tenths"] for fact in desk.did("act_on_blood")] == [tenths]


@pytest.mark.parametrize("typed", ["warm", "1e9", "nan", "4.25", "--4", "900"])
async def test_what_is_no_temperature_is_refused_with_an_example(desk: FakeDesk, typed: str) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.line("holds").select(CARRIED).line(f"received {typed}").wait(0)
        await console.expect_result("4.2", ok=False)
        assert desk.did("act_on_blood") == []


async def test_bags_are_named_with_their_lots_and_a_no_needs_a_reason(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.line("holds").select(PACKING).line("pack G123426123456 G123426123457=L-9").wait(0)
        bags = (
            Bag(din="G123426123456", lot=LotId("CS-B-L000042")),
            Bag(din="G123426123457", lot=LotId("L-9")),
        )
        assert [fact["bags"] for fact in desk.did("act_on_blood")] == [bags]
        await console.select(MINE).line("nosupply").wait(0).expect_result("不能供血", ok=False)


async def test_what_was_set_aside_needs_a_named_person_and_a_reason(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.line("holds").select(ASIDE).line("letuse 陈静").wait(0).expect_result("", ok=False)
        await console.line("letuse 陈静 复测合格").wait(0)
        assert [(f["person"], f["reason"]) for f in desk.did("act_on_blood")] == [("陈静", "复测合格")]


async def test_a_key_acts_only_on_the_state_that_was_seen(desk: FakeDesk) -> None:
    order = BloodOrderId(PACKING)
    later = desk.picture.blood_orders[order]
    seen = later.model_copy(update={"steps": later.steps[:-1]})  # confirmed: not yet being packed
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        desk.picture.blood_orders[order] = seen
        console = Console(pilot, desk)
        await console.line("holds").select(PACKING).wait(0)
        desk.picture.blood_orders[order] = later  # another desk has begun
        await console.press("p").wait(0).expect_result("刚刚变为：装箱中", ok=False)
        await console.press("p").wait(0).expect_result("再按一次", ok=False)
        assert desk.did("act_on_blood") == []
        await (
            console.wait(0.6).press("p").wait(0).expect_act("act_on_blood", order=order, act=BloodAct.PACKED)
        )


async def test_an_order_named_by_its_number_is_meant_as_it_stands(desk: FakeDesk) -> None:
    order = BloodOrderId(PACKING)
    later = desk.picture.blood_orders[order]
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        desk.picture.blood_orders[order] = later.model_copy(update={"steps": later.steps[:-1]})
        console = Console(pilot, desk)
        await console.line("holds").select(PACKING).wait(0)
        desk.picture.blood_orders[order] = later
        await console.line(f"pack {PACKING}").wait(0)
        await console.expect_act("act_on_blood", order=order, act=BloodAct.PACKED)


async def test_an_order_that_is_gone_leaves_the_screen(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.line("holds").wait(0).expect_text(ASIDE)
        desk.picture.blood_orders.clear()
        desk.picture.changes.mark("blood_order", ASIDE)
        await console.wait(1.1).expect_no_text(ASIDE)


@pytest.mark.parametrize(
    "line", ["voidblood {order} 重复申请", "nosupply {order} 已破损", "received {order} 4.2"]
)
async def test_an_order_that_is_named_is_meant_even_where_the_act_does_not_follow(
    desk: FakeDesk, line: str
) -> None:
    """Never the one under the cursor with the number as its reason; the centre says why not."""
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.line("holds").select(MINE).line(line.format(order=OVER)).wait(0)
        assert [fact["order"] for fact in desk.did("act_on_blood")] == [OVER]


@pytest.mark.parametrize("verb", ["voidblood", "nosupply", "giveback", "letuse"])
async def test_a_number_that_is_of_no_order_is_never_a_reason(desk: FakeDesk, verb: str) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.line("holds").select(MINE).line(f"{verb} CS-B1-1126-101500-77 重复申请").wait(0)
        await console.expect_result("CS-B1-1126-101500-77", ok=False)
        assert desk.did("act_on_blood") == []


@pytest.mark.parametrize(
    ("key", "spoken", "english"),
    [
        ("d", "不能供血", "nosupply"),
        ("h", "交运", "hand"),
        ("m", "签收", "received"),
        ("slash", "查找", "find"),
    ],
)
async def test_a_line_that_a_key_begins_begins_in_the_language_in_use(
    desk: FakeDesk, key: str, spoken: str, english: str
) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.line("holds").select(MINE).press(key).wait(0).expect_text(f": {spoken}")
        assert english not in console.text()
        await console.press("escape", "f12").wait(0.1).press(key).wait(0).expect_text(f": {english}")


async def test_a_letter_goes_before_the_function_key_behind_it(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        app = pilot.app
        console = Console(pilot, desk).line("blood")
        await console.wait(0.1).expect_screen("blood")
        for key, character in (("m", "m"), ("f2", None)):
            app.post_message(events.Key(key, character))
        await console.wait(0.6).expect_screen("incidents")


async def test_a_letter_acts_on_the_order_under_the_cursor_before_an_arrow_moves_it(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        app = pilot.app
        console = Console(pilot, desk).line("holds").select(MINE)
        await console.wait(0.1)
        for key, character in (("y", "y"), ("down", None)):
            app.post_message(events.Key(key, character))
        await console.wait(0.6)
        assert [fact["order"] for fact in desk.did("act_on_blood")] == [MINE]
