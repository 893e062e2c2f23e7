"""A key that is text is a hot key only alone, however busy the console is in between."""

from collections.abc import Callable

import pytest

from dispatch.console.lone_keys import APART_S, LoneKeys


class Timer:
    """Rings when told to."""

    def __init__(self) -> None:
        self.callback: Callable[[], None] | None = None

    def later(self, callback: Callable[[], None]) -> "Timer":
        self.callback = callback
        return self

    def stop(self) -> None:
        self.callback = None

    def ring(self) -> None:
        callback, self.callback = self.callback, None
        if callback is not None:
            callback()


@pytest.fixture
def timer() -> Timer:
    return Timer()


@pytest.fixture
def done() -> list[str]:
    return []


@pytest.fixture
def keys(timer: Timer, done: list[str]) -> LoneKeys:
    return LoneKeys(timer.later, done.append)


def test_a_key_alone_is_carried_out_after_the_quiet_time(
    keys: LoneKeys, timer: Timer, done: list[str]
) -> None:
    keys.pressed(keys.text_came(0), "set 3")
    assert keys.deciding
    assert done == []
    timer.ring()
    assert done == ["set 3"]
    assert not keys.deciding


def test_several_at_once_are_text(keys: LoneKeys, timer: Timer, done: list[str]) -> None:
    for line in ("set 3", "recall"):
        keys.pressed(keys.text_came(0), line)
    timer.ring()
    assert done == []


def test_a_key_is_not_lost_when_the_console_was_too_busy_to_look_at_it(
    keys: LoneKeys, timer: Timer, done: list[str]
) -> None:
    burst = keys.text_came(0)
    timer.ring()
    keys.pressed(burst, "line")
    assert done == ["line"]


def test_a_text_heard_long_after_it_came_fires_nothing_and_takes_no_key_that_came_since(
    keys: LoneKeys, timer: Timer, done: list[str]
) -> None:
    text = [keys.text_came(0), keys.text_came(0)]
    timer.ring()
    key = keys.text_came(1)
    timer.ring()
    for burst in text:
        keys.pressed(burst, "recall")
    assert done == []
    keys.pressed(key, "line")
    assert done == ["line"]


def test_keys_that_were_pressed_one_by_one_are_keys_although_they_were_read_at_once(
    keys: LoneKeys, timer: Timer, done: list[str]
) -> None:
    first, second = keys.text_came(0), keys.text_came(APART_S)
    keys.pressed(first, "new")
    keys.pressed(second, "set 3")
    assert done == ["new"]
    timer.ring()
    assert done == ["new", "set 3"]


def test_a_quiet_time_that_more_text_broke_ends_nothing(
    keys: LoneKeys, timer: Timer, done: list[str]
) -> None:
    keys.pressed(keys.text_came(0), "recall")
    late = timer.callback
    keys.pressed(keys.text_came(0), "set 3")
    assert late is not None
    late()
    assert keys.waiting
    timer.ring()
    assert (done, keys.waiting) == ([], False)


def test_a_letter_that_gives_nothing_leaves_nothing_behind(
    keys: LoneKeys, timer: Timer, done: list[str]
) -> None:
    keys.text_came(0)
    timer.ring()
    keys.pressed(keys.text_came(1), "close")
    timer.ring()
    assert done == ["close"]


def test_a_burst_where_keys_were_meant_is_told_once_and_one_that_meant_none_is_not(timer: Timer) -> None:
    told: list[str] = []
    keys = LoneKeys(timer.later, told.append, lambda: told.append("ignored"))
    text = [keys.text_came(0) for _letter in range(3)]
    keys.pressed(text[0], "set 3")
    timer.ring()
    assert told == ["ignored"]
    keys.pressed(text[1], None)
    keys.pressed(text[2], "recall")
    for _letter in range(2):  # into a field: no key of the keymap was pressed
        keys.text_came(1)
    timer.ring()
    assert told == ["ignored"]
