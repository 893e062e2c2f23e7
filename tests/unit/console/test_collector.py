"""Full garbage collections wait until nobody presses a key."""

import gc
from collections.abc import Iterator

import pytest

from dispatch.console.collector import AT_LATEST_S, BETWEEN_S, PAUSE_S, QuietCollector


class Desk:
    """A collector whose seconds we count, and how often it collected."""

    def __init__(self) -> None:
        self.now = 100.0
        self.collected = 0
        self.collector = QuietCollector(steady=lambda: self.now, collect=self._count)

    def _count(self) -> None:
        self.collected += 1

    def wait(self, seconds: float) -> None:
        """Frames go by, four a second."""
        for _ in range(round(seconds * 4)):
            self.now += 0.25
            self.collector.frame_painted()

    def type_for(self, seconds: float) -> None:
        for _ in range(round(seconds * 2)):
            self.collector.key_pressed()
            self.wait(0.5)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    desk.collector.begin()
    yield desk
    desk.collector.end()


def test_a_quiet_console_is_collected_now_and_then(desk: Desk) -> None:
    desk.wait(3 * BETWEEN_S)
    assert desk.collected == 3


def test_no_key_meets_a_collection_until_the_operator_pauses(desk: Desk) -> None:
    desk.type_for(AT_LATEST_S - 5)
    assert desk.collected == 0
    desk.wait(PAUSE_S + 0.5)
    assert desk.collected == 1


def test_an_operator_who_never_pauses_waits_once_in_ten_minutes(desk: Desk) -> None:
    desk.type_for(2 * AT_LATEST_S + 5)
    assert desk.collected == 2


def test_python_collects_by_itself_before_the_beginning_and_after_the_end() -> None:
    before = gc.get_threshold()
    desk = Desk()
    desk.wait(2 * AT_LATEST_S)
    assert desk.collected == 0
    desk.collector.begin()
    assert gc.get_threshold() != before
    desk.collector.end()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_full_collections_are_put_off_from_the_start_until_all_is_loaded() -> None:
    before = gc.get_threshold()
    desk = Desk()
    desk.collector.hold()
    assert gc.get_threshold()[2] > before[2]
    desk.wait(2 * AT_LATEST_S)
    assert desk.collected == 0
    desk.collector.begin()
    desk.wait(BETWEEN_S)
    assert desk.collected == 1
    desk.collector.end()
    assert gc.get_threshold() == before
