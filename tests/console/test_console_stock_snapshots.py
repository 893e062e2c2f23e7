"""The views of the stock at four sizes in both languages, as they were looked at and found good."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from dispatch import language
from tests.console.driver import Console, console_app
from tests.console.stocked import stocked_desk
from tests.console.test_console_snapshots import SIZES

VIEWS: dict[str, Callable[[Console], Console]] = {
    "days": lambda console: console.blood().press("down", "2"),
    "lots": lambda console: console.blood().press("down", "3"),
    "rare": lambda console: console.blood().press("4"),
    "expiring": lambda console: console.blood().press("5"),
    "trend": lambda console: console.blood().press("down", "down", "down", "6"),
    "label": lambda console: console.blood().press("l").commit("G123417654321A").press("enter"),
}


@pytest.mark.parametrize("speech", ["zh_CN", "en"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_of_the_stock_looks_as_it_did(
    snap_compare: Callable[..., bool], view: str, size: str, speech: str
) -> None:
    language.use(speech)
    desk = stocked_desk()

    async def go_there(pilot: Pilot[None]) -> None:
        await VIEWS[view](Console(pilot, desk)).wait(0).wait(0)  # shown, laid out, painted

    assert snap_compare(console_app(desk), terminal_size=SIZES[size], run_before=go_there)
