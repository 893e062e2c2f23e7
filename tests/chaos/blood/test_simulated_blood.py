"""Blood of one city in simulated lives: never more held than on hand, and wrong programs are caught.

CZT_BLOOD_EVENTS sets how many events are simulated here; `python -m tests.chaos.blood.run` goes on longer.
"""

import os
from itertools import count
from pathlib import Path

import pytest

from tests.chaos.blood.mutants import MUTANTS
from tests.chaos.blood.store import OnDisk
from tests.chaos.blood.world import simulate

EVENTS = int(os.environ.get("CZT_BLOOD_EVENTS", "24000"))
LIFE = 2_500
CAUGHT_WITHIN = 100_000


def test_never_more_is_held_than_on_hand_whatever_the_network_and_the_banks_do() -> None:
    events = granted = issued = conflicts = deaths = 0
    for seed in count():
        life = simulate(seed, LIFE)
        assert not life.violation, f"seed {seed}: {life.violation}"
        events, granted, issued = events + life.events, granted + life.granted, issued + life.issued
        conflicts, deaths = conflicts + life.conflicts, deaths + life.deaths
        if events >= EVENTS:
            break
    assert granted > events / 200  # a world in which nothing succeeds proves nothing
    assert issued > events / 1_000
    assert conflicts > events / 2_000
    assert deaths > events / 1_000


def test_the_same_seed_is_the_same_life() -> None:
    assert simulate(7, 800) == simulate(7, 800) != simulate(8, 800)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_program_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[name](monkeypatch)
    events = 0
    for seed in count():
        life = simulate(seed, LIFE)
        events += life.events
        if life.violation:
            return
        assert events < CAUGHT_WITHIN, f"{name}: not caught within {events} events"


@pytest.mark.slow
def test_the_real_database_lives_the_same_life(tmp_path: Path) -> None:
    disk = OnDisk(tmp_path / "centre.db")
    with_file = simulate(3, 1_200, lambda: disk)
    disk.close()
    assert not with_file.violation
    assert with_file == simulate(3, 1_200)
