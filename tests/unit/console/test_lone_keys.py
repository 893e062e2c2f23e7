"""A key that is text is a hot key only alone, however busy the console is in between."""

from collections.abc import Callable

import pytest

from dispatch.console.lone_keys import LoneKeys


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


def hear(keys: LoneKeys, line: str | None) -> None:
    """The next key that came is heard, and gives this line."""
    keys.heard()
    keys.pressed(line)


def typed(keys: LoneKeys, *lines: str | None) -> None:
    """Keys that come and are heard at once."""
    for line in lines:
        keys.text_came()
        hear(keys, line)


def test_a_key_alone_is_carried_out_after_the_quiet_time(
    keys: LoneKeys, timer: Timer, done: list[str]
) -> None:
    typed(keys, "set 3")
    assert done == []
    timer.ring()
    assert done == ["set 3"]
    assert not keys.waiting


def test_several_at_once_are_text(keys: LoneKeys, timer: Timer, done: list[str]) -> None:
    typed(keys, "set 3", "recall")
    timer.ring()
    assert done == []


def test_a_key_is_not_lost_when_the_console_was_too_busy_to_look_at_it(
    keys: LoneKeys, timer: Timer, done: list[str]
) -> None:
    keys.text_came()
    timer.ring()
    assert keys.waiting
    hear(keys, "line")
    assert done == ["line"]
    assert not keys.waiting


def test_what_was_text_is_never_carried_out_by_a_later_key(
    keys: LoneKeys, timer: Timer, done: list[str]
) -> None:
    keys.text_came()
    keys.text_came()
    timer.ring()
    hear(keys, "recall")
    hear(keys, None)
    keys.text_came()  # a letter that gives nothing here
    timer.ring()
    keys.heard()
    assert done == []


def test_text_that_is_heard_late_neither_is_a_key_nor_takes_one_away(timer: Timer) -> None:
    told: list[str] = []
    keys = LoneKeys(timer.later, told.append, lambda: told.append("ignored"))
    for _letter in range(3):
        keys.text_came()
    timer.ring()
    hear(keys, "recall")
    keys.text_came()  # alone, while the console still hears the text before
    timer.ring()
    hear(keys, None)
    hear(keys, "set 3")
    assert told == ["ignored"]
    hear(keys, "line")
    assert told == ["ignored", "line"]


def test_keys_alone_that_are_heard_late_are_all_carried_out_in_their_order(
    keys: LoneKeys, timer: Timer, done: list[str]
) -> None:
    for _letter in range(2):
        keys.text_came()
        timer.ring()
    hear(keys, "next")
    hear(keys, "line")
    assert done == ["next", "line"]


def test_a_letter_that_gives_nothing_leaves_nothing_behind(
    keys: LoneKeys, timer: Timer, done: list[str]
) -> None:
    keys.text_came()
    timer.ring()
    keys.heard()  # by a field
    typed(keys, "close")
    timer.ring()
    assert done == ["close"]


def test_a_burst_where_keys_were_meant_is_told_and_one_that_meant_none_is_not(timer: Timer) -> None:
    told: list[str] = []
    keys = LoneKeys(timer.later, told.append, lambda: told.append("ignored"))
    typed(keys, "set 3", None)
    timer.ring()
    assert told == ["ignored"]
    for _letter in range(2):  # into a field: no key of the keymap was pressed
        keys.text_came()
        keys.heard()
    timer.ring()
    assert told == ["ignored"]


def test_a_key_alone_goes_before_a_key_that_is_no_text(keys: LoneKeys, timer: Timer, done: list[str]) -> None:
    keys.text_came()
    keys.pressed("goto moves")
    keys.settle()
    assert done == ["goto moves"]
    timer.ring()
    assert done == ["goto moves"]


def test_a_key_that_is_no_text_makes_no_burst_a_key(keys: LoneKeys, timer: Timer, done: list[str]) -> None:
    for line in ("set 3", "recall"):
        keys.text_came()
        keys.pressed(line)
    keys.settle()
    timer.ring()
    assert done == []
