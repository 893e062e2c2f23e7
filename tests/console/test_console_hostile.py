"""Hostile text in every field that comes from outside, on every screen: it is shown and not obeyed."""

import typing
import unicodedata
from collections.abc import Mapping
from typing import Any, NewType

import pytest
from pydantic import BaseModel

from dispatch import language
from dispatch.picture.live import Picture
from tests.console.driver import Console, console_app, screen_text
from tests.console.fakes import FakeDesk, fake_desk
from tests.console.fakes_blood import a_morning_of_blood

HOSTILE = {
    "action": "[@click=app.quit]q[/]",
    "markup": "ok[/] [bold red]A1[/bold red] [A1]",
    "escape": "\x1b[2J\x1b]0;owned\x07\x9b31m",
    "bidi": "\u202egnorw\u2066x\u2069",
    "invisible": "a\u200bb\ufeffc\u2028d\x00e",
    "marks": "z" + "\u0301" * 60,
    "wide": "\ufdfd\U0001f468\u200d\U0001f469\u200d\U0001f467" * 40,
    "long": "长" * 4000,
    "lines": "one\ntwo\r\nthree\tfour",
    "private": "\ue000\uf8ff\U000f0000",
}
KEYS = ("f2", "f3", "f4", "f5", "f6", "f8", "q", "f1")
FOREIGN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
"""Kinds of characters that no terminal gets from outside."""


def poisoned(value: Any, text: str, annotation: Any = str) -> Any:
    """The same with `text` for every free text in it; ids, codes and numbers stay."""
    match value:
        case BaseModel():
            fields = type(value).model_fields
            changed = {
                name: poisoned(getattr(value, name), text, one.annotation) for name, one in fields.items()
            }
            return value.model_copy(update=changed)
        case tuple():
            return tuple(poisoned(one, text, None) for one in value)
        case Mapping():
            return {key: text if type(one) is str else one for key, one in value.items()}
        case str() if type(value) is str and value and not _is_id(annotation):
            return text
        case _:
            return value


def _is_id(annotation: Any) -> bool:
    parts = typing.get_args(annotation) or (annotation,)
    return any(isinstance(part, NewType) or part is None for part in parts)


def poison(picture: Picture, text: str) -> None:
    """Whatever another program may say of itself."""
    places: tuple[dict[Any, Any], ...] = (
        picture.incidents, picture.aids, picture.blood_orders, picture.hospitals, picture.banks,
        picture.sites, picture.alarms.by_id, picture.timelines,
    )  # fmt: skip
    for place in places:
        for key, record in list(place.items()):
            place[key] = poisoned(record, text, None)
    fleet = picture.fleet
    for row, status in enumerate(fleet.statuses):
        if status is not None:
            fleet.statuses[row] = poisoned(status, text).model_copy(update={"incident": status.incident})
    picture.changes.mark("city", "changsha")


def foreign(shown: str) -> set[str]:
    return {f"{ord(one):04x}" for one in shown if one != "\n" and unicodedata.category(one) in FOREIGN}


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
@pytest.mark.parametrize("kind", HOSTILE)
async def test_hostile_text_everywhere_is_shown_and_obeyed_nowhere(kind: str, size: tuple[int, int]) -> None:
    desk: FakeDesk = fake_desk()
    a_morning_of_blood(desk.picture, desk.clock.now())
    poison(desk.picture, HOSTILE[kind])
    async with console_app(desk).run_test(size=size) as pilot:
        console = Console(pilot, desk)
        seen = ""
        for key in KEYS:
            await console.press(key)
            seen += (shown := screen_text(console.app))
            assert foreign(shown) == set(), (key, foreign(shown))
            assert all(len(line) <= size[0] for line in shown.splitlines())
            await console.press("enter", "down", "escape", "escape")
            assert foreign(screen_text(console.app)) == set(), key
        assert console.app.is_running
        assert kind != "markup" or "[A1]" in seen, "it was not shown at all"
        assert not desk.did("quit")
    assert language.current() == "zh_CN"
