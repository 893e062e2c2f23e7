"""Three simulated cities at work: nothing that must not happen happens, and wrong programs are caught.

CZT_EVENTS sets how many events are simulated (1,000,000 here; `make chaos` goes on until something is found).
"""

import os
from itertools import count
from pathlib import Path

import pytest

from dispatch.domain.geography import CityCode
from tests.chaos.mutants import MUTANTS
from tests.chaos.rules import Rules
from tests.chaos.run import LIFE, Sum
from tests.chaos.store_disk import StoreDisk
from tests.chaos.truth import HARM, SIGNS
from tests.chaos.world import simulate

EVENTS = int(os.environ.get("CZT_EVENTS", "1000000"))
PARTS = 8
"""The lives are shared out among so many tests, which run side by side."""
CAUGHT_WITHIN = 1_000_000
HURTS_WITHIN = 100_000
HURTS = (
    "no token",
    "token but ordered directly",
    "lease expires after the order",
    "equal token taken as new",
)
"""Mutants that put a unit on two jobs, or confirm what no crew holds; the others show earlier, from inside,
or are refused by the console and the vehicle, which then hurts nobody."""


def first_violation(rules: Rules, watched: frozenset[str], within: int) -> tuple[str, int]:
    """The first violation and after how many events; an empty one when there was none."""
    events = 0
    for seed in count():
        outcome = simulate(seed, LIFE, rules, watched=watched)
        events += outcome.events
        if outcome.violation or events >= within:
            return outcome.violation, events
    raise AssertionError


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_unit_is_sent_twice_and_everything_is_decided_whatever_the_network_does(part: int) -> None:
    total = Sum()
    for seed in count(part, PARTS):
        outcome = simulate(seed, LIFE)
        assert not outcome.violation, f"seed {seed}: {outcome.violation}"
        total.add(outcome)
        if total.events >= EVENTS / PARTS:
            break
    print(total)
    assert total.confirmed > total.events / 400  # a world in which nothing succeeds proves nothing
    assert total.lent > total.events / 8_000
    assert total.crashes > total.events / 400
    assert total.calls > total.events / 2_000
    assert total.conflicts > total.events / 4_000


def test_the_same_seed_is_the_same_life() -> None:
    assert simulate(7, LIFE) == simulate(7, LIFE) != simulate(8, LIFE)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_program_is_caught(name: str) -> None:
    violation, events = first_violation(MUTANTS[name], HARM | SIGNS, CAUGHT_WITHIN)
    assert violation, f"{name}: not caught within {events} events"


@pytest.mark.slow
@pytest.mark.parametrize("name", HURTS)
def test_a_wrong_program_does_harm_that_is_seen_from_outside(name: str) -> None:
    violation, events = first_violation(MUTANTS[name], HARM, HURTS_WITHIN)
    assert violation, f"{name}: no harm within {events} events"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_the_real_database_lives_the_same_life(seed: int, tmp_path: Path) -> None:
    """The same seeds with SQLite under the centres, closed and opened again at each death."""
    disks: list[StoreDisk] = []

    def disk(city: CityCode) -> StoreDisk:
        disks.append(StoreDisk(tmp_path / f"{city}.db", city))
        return disks[-1]

    with_files = simulate(seed, LIFE, disk=disk)
    for one in disks:
        one.close()
    assert not with_files.violation
    assert with_files == simulate(seed, LIFE)
