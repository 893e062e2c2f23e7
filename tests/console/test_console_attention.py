"""What asks for attention: a mute that ends, never in the way of typing, never hidden, never a volley."""

import pytest
from textual.widgets import Input

from dispatch.console.app import ConsoleApp
from dispatch.console.screens.incidents import IncidentsScreen
from dispatch.console.widgets.banner import AidBanner
from dispatch.console.widgets.statusbar import AlarmLine
from dispatch.domain.alarms import Severity
from tests.console.driver import MANNERS, Console, console_app
from tests.console.fakes import FakeDesk, fake_desk
from tests.console.neighbours import raise_shared, zhuzhou_asks
from tests.console.sights import SIGHTS

DIALOGS = ("intake", "override", "request", "state", "answer", "handover", "desks", "palette", "line", "ask")


@pytest.fixture
def desk() -> FakeDesk:
    made = fake_desk()
    made.picture.alarms.by_id.clear()
    return made


def bell_of(app: ConsoleApp) -> list[float]:
    """Every ring, by the seconds of the app's own clock."""
    rung: list[float] = []
    app.bell = lambda: rung.append(app._steady())  # type: ignore[method-assign]
    return rung


def twenty(desk: FakeDesk, severity: Severity = Severity.CRITICAL) -> None:
    for number in range(20):
        raise_shared(desk, f"burst{number}", severity, number=number, minutes=0)


async def frames(console: Console, count: int) -> None:
    for _frame in range(count):
        await console.wait(0.25)


async def test_a_mute_is_seen_ends_by_itself_and_then_rings_what_came_meanwhile_once(desk: FakeDesk) -> None:
    app = console_app(desk)
    rung = bell_of(app)
    async with app.run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.line("mute 5").wait(0).expect_result("静音 5 分钟", ok=True).expect_text("静音 5 分")
        raise_shared(desk, "one", Severity.CRITICAL)
        raise_shared(desk, "two", Severity.CRITICAL)
        rung.clear()
        await frames(console, 8)
        assert rung == []
        await console.expect_text("立即处置")  # silent, not hidden
        await console.wait(4 * 60).expect_text("静1")
        assert rung == []
        await console.wait(60)
        await frames(console, 8)
        assert len(rung) == 1
        await console.expect_no_text("静1")


async def test_a_mute_is_never_longer_than_the_console_is_set_to(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.line("mute 200").expect_result(f"静音 {MANNERS.mute_most_min} 分钟", ok=True)
        await console.line("mute").expect_result(f"静音 {MANNERS.mute_min} 分钟", ok=True)
        await console.line("mute 0").expect_result("铃声已恢复", ok=True).wait(0).expect_no_text("静音 10")


@pytest.mark.parametrize("opened", ["colon", "f10"])
async def test_nothing_that_comes_takes_the_focus_or_a_letter_from_who_is_typing(
    desk: FakeDesk, opened: str
) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.press(opened).wait(0)
        field = console.app.focused
        assert isinstance(field, Input)
        screen = console.app.screen
        for count, letter in enumerate("abcdef"):
            raise_shared(desk, f"typing{count}", Severity.CRITICAL, number=count, minutes=0, escalated=True)
            if count == 2:
                zhuzhou_asks(desk)
                desk.picture.changes.mark("aid", "019a-zhuzhou-asks")
            await console.press(letter).wait(1)
            assert console.app.focused is field
            assert console.app.screen is screen
        assert field.value == "abcdef"
        assert not desk.acts


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (240, 67)], ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("dialog", DIALOGS)
async def test_no_dialog_hides_a_critical_alarm(dialog: str, size: tuple[int, int]) -> None:
    sight = SIGHTS[dialog]
    desk = sight.desk()
    async with console_app(desk).run_test(size=size) as pilot:
        console = Console(pilot, desk)
        await sight.way(console)
        desk.picture.alarms.by_id.clear()
        raise_shared(desk, "behind", Severity.CRITICAL, number=987, minutes=0)
        await console.wait(1)
        line = console.app.base_screen.query_one(AlarmLine)  # type: ignore[union-attr]
        shown = console.text().splitlines()[line.region.y]
        assert "立即处置" in shown
        assert "987" in shown or "F8" in shown
        banner = console.app.base_screen.query_one(AidBanner)  # type: ignore[union-attr]
        if banner.display:
            assert "株洲" in console.text().splitlines()[banner.region.y]


async def test_twenty_alarms_at_once_are_one_sound_and_move_nothing_but_one_flashing_cell(
    desk: FakeDesk,
) -> None:
    app = console_app(desk)
    rung = bell_of(app)
    async with app.run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.incidents().press("down").wait(0)
        screen = console.app.screen
        assert isinstance(screen, IncidentsScreen)
        cursor, focus = screen.board.selected, console.app.focused
        await frames(console, 12)
        rung.clear()
        before = console.text().splitlines()
        twenty(desk)
        await frames(console, 40)
        assert len(rung) == 1
        assert (console.app.screen, screen.board.selected, console.app.focused) == (screen, cursor, focus)
        after = console.text().splitlines()
        changed = [at for at, (was, now) in enumerate(zip(before, after, strict=True)) if was != now]
        assert set(changed) - set(range(2, len(before) - 2)) <= {0, 1}  # the lines of status and alarm
        assert _flashing(console) == 1


def _flashing(console: Console) -> int:
    """Cells of the alarm line that differ between the two halves of a flash."""
    line = console.app.base_screen.query_one(AlarmLine)  # type: ignore[union-attr]
    shown = []
    for beat in (0, 2):
        line.show(console.desk, beat)
        shown.append((line.text.plain, [str(span) for span in line.text.spans]))
    (first, its_styles), (second, their_styles) = shown
    assert its_styles == their_styles
    return sum(one != other for one, other in zip(first, second, strict=True))
