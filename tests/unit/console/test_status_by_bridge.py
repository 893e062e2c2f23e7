"""The status line says which cities are seen through the own city's broker and its bridges alone."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from dispatch import language
from dispatch.clock import ManualClock
from dispatch.console.ports import Desk
from dispatch.console.theme import look
from dispatch.console.widgets.statusbar import status_text
from dispatch.domain.operators import Role
from dispatch.picture.cities import Sight
from tests.unit.feed.feed_world import CHANGSHA, START, ZHUZHOU, a_picture

WIDTHS = (80, 120, 160, 240)
SAID = {"zh_CN": ("经本市转发", "(转)"), "en": ("relayed", "(rel)")}


@pytest.fixture(autouse=True)
def _language_again() -> Iterator[None]:
    spoken = language.current()
    yield
    language.use(spoken)


def line(width: int, *, sight: Sight) -> str:
    picture = a_picture()
    for city, view in picture.sight.items():
        view.sight, view.since, view.link_up = Sight.LIVE, START, True
        view.last_heard, view.by_bridge = START, city != CHANGSHA
    picture.sight[ZHUZHOU].sight = sight
    desk = SimpleNamespace(
        picture=picture,
        clock=ManualClock(START + timedelta(seconds=4)),
        home_city=CHANGSHA,
        quarantine=SimpleNamespace(total=0),
        signed_in=True,
        break_glass=False,
        operator="wang.fang",
        operators=list,
        role=Role.DISPATCHER,
    )
    return status_text(cast("Desk", desk), width, look("czt-night"), 0).plain


@pytest.mark.parametrize("spoken", SAID)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("sight", [Sight.LIVE, Sight.SILENT])
def test_that_a_city_is_relayed_is_told_at_every_width(spoken: str, width: int, sight: Sight) -> None:
    language.use(spoken)
    text = line(width, sight=sight)
    home, *others = text.split("│")[:2] if "│" in text else text.split("|")[:2]
    assert not any(word in home for word in SAID[spoken])
    assert all(any(word in one for word in SAID[spoken]) for one in others)
