"""A dialog or the command line is left once, however fast the keys come."""

import pytest

from dispatch.console.dialogs.incident import IncidentDialog
from dispatch.console.screens.base import ConsoleScreen
from dispatch.console.widgets.commandline import CommandLine
from tests.console.driver import Console, console_app
from tests.console.fakes import FakeDesk, fake_desk


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


@pytest.mark.parametrize("keys", [("escape", "enter"), ("enter", "enter"), ("escape", "escape")])
async def test_the_command_line_left_twice_closes_nothing_else(desk: FakeDesk, keys: tuple[str, str]) -> None:
    app = console_app(desk)
    async with app.run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).press("f10").expect_dialog(IncidentDialog)
        await Console(pilot, desk).press("escape").expect_dialog(None).press("colon")
        line, depth = app.screen, len(app.screen_stack)
        assert isinstance(line, CommandLine)
        line.typed.value = "goto units"
        for key in keys:
            if key == "enter":
                line.typed.post_message(line.typed.Submitted(line.typed, line.typed.value))
            else:
                line.action_leave()
        await Console(pilot, desk).wait(1)
        assert isinstance(app.screen, ConsoleScreen)
        assert len(app.screen_stack) == depth - 1
    assert desk.faults == []


async def test_a_dialog_left_twice_answers_once(desk: FakeDesk) -> None:
    app = console_app(desk)
    async with app.run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).press("f10").expect_dialog(IncidentDialog)
        dialog, depth = app.screen, len(app.screen_stack)
        dialog.dismiss(None)
        dialog.dismiss(None)
        await Console(pilot, desk).wait(1)
        assert len(app.screen_stack) == depth - 1
    assert desk.faults == []
