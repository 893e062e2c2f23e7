"""Keys that are read at once are heard one after the other."""

import pytest
from textual.events import Key

from dispatch.console.held_keys import NEXT_WITHIN_S, OPENS_WITHIN_S, PATIENCE_TICK_S, HeldKeys, Patience


class Seconds:
    """Steady seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def key(name: str) -> Key:
    return Key(name, name if len(name) == 1 else None)


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def held(seconds: Seconds) -> HeldKeys:
    return HeldKeys(seconds)


def taken(held: HeldKeys) -> list[str]:
    names = []
    while (event := held.next()) is not None:
        names.append(event.key)
    return names


def test_a_key_with_none_before_it_does_not_wait(held: HeldKeys) -> None:
    assert not held.keep(key("f10"))


def test_a_key_waits_until_the_one_before_was_heard(held: HeldKeys) -> None:
    number = held.sent()
    assert held.keep(key("1"))
    assert taken(held) == []
    held.passed(number)
    assert taken(held) == ["1"]


def test_what_is_typed_while_a_form_opens_waits_for_the_form_in_order(held: HeldKeys) -> None:
    held.opening()
    for name in "zhao":
        assert held.keep(key(name))
    assert taken(held) == []
    held.opened()
    assert taken(held) == ["z", "h", "a", "o"]


def test_a_key_that_comes_while_others_wait_goes_behind_them(held: HeldKeys) -> None:
    held.opening()
    held.keep(key("z"))
    held.opened()
    assert held.keep(key("h"))
    assert taken(held) == ["z", "h"]


def test_an_older_command_that_ends_lets_no_key_go_that_a_newer_one_holds(held: HeldKeys) -> None:
    older = held.opening()
    newer = held.opening()
    held.keep(key("z"))
    held.opened(older)
    assert taken(held) == []
    held.opened(newer)
    assert taken(held) == ["z"]


@pytest.mark.parametrize("hold", ["opening", "sent"])
def test_no_key_is_held_for_good(held: HeldKeys, seconds: Seconds, hold: str) -> None:
    getattr(held, hold)()
    held.keep(key("z"))
    seconds.now += OPENS_WITHIN_S
    assert taken(held) == ["z"]


def test_between_two_questions_of_a_command_keys_wait_shortly(held: HeldKeys, seconds: Seconds) -> None:
    asked = held.opening()
    held.opened()
    held.going_on(asked)
    assert held.keep(key("enter"))
    seconds.now += NEXT_WITHIN_S
    assert taken(held) == ["enter"]


def test_a_key_waits_until_it_is_known_what_the_one_before_was(seconds: Seconds) -> None:
    open_questions = ["is it a text?"]
    held = HeldKeys(seconds, lambda: bool(open_questions))
    assert held.keep(key("f7"))
    assert taken(held) == []
    open_questions.clear()
    assert taken(held) == ["f7"]


def test_patience_does_not_run_out_while_nothing_runs(seconds: Seconds) -> None:
    patience = Patience(seconds)
    held = HeldKeys(patience)
    held.opening()
    held.keep(key("z"))
    seconds.now += 10 * OPENS_WITHIN_S  # the whole console stood still
    assert taken(held) == []
    for _tick in range(round(OPENS_WITHIN_S / PATIENCE_TICK_S)):
        seconds.now += PATIENCE_TICK_S
        patience()
    assert taken(held) == ["z"]
