"""The protocol in a simulated world: nothing that must not happen happens, and wrong protocols are caught.

CZT_EVENTS sets how many events are simulated (1,000,000 here; more before a release).
"""

import os
from itertools import count
from pathlib import Path

import pytest

from dispatch.domain.geography import CityCode
from tests.centre.mutants import MUTANTS
from tests.centre.simulator import Outcome, Rules, simulate
from tests.centre.store_disk import StoreDisk
from tests.centre.truth import HARM, SIGNS

EVENTS = int(os.environ.get("CZT_EVENTS", "1000000"))
LIFE = 2_500
"""Events of trouble in one seed's life, before the peace at its end."""
CAUGHT_WITHIN = 100_000
ONLY_SEEN_FROM_INSIDE = {
    # the requester or the vehicle refuses what these centres say, so that nobody is hurt
    "repeat answered from the present state",
    "cancellation forgotten",
    "finished request forgotten",
    "epoch does not grow",
}


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
def test_no_unit_is_sent_twice_and_everything_is_decided_whatever_the_network_does() -> None:
    events = requests = confirmed = crashes = 0
    for seed in count():
        outcome = simulate(seed, LIFE)
        assert not outcome.violation, f"seed {seed}: {outcome.violation}"
        events, requests = events + outcome.events, requests + outcome.requests
        confirmed, crashes = confirmed + outcome.confirmed, crashes + outcome.crashes
        if events >= EVENTS:
            break
    print(f"{events} events, {seed + 1} seeds: {requests} requests, {confirmed} confirmed, {crashes} crashes")
    assert confirmed > events / 400  # a world in which nothing succeeds proves nothing
    assert crashes > events / 400


def test_the_same_seed_is_the_same_life() -> None:
    assert simulate(7, LIFE) == simulate(7, LIFE) != simulate(8, LIFE)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_protocol_is_caught(name: str) -> None:
    violation, events = first_violation(MUTANTS[name], HARM | SIGNS, CAUGHT_WITHIN)
    assert violation, f"{name}: not caught within {events} events"


@pytest.mark.parametrize("name", sorted(set(MUTANTS) - ONLY_SEEN_FROM_INSIDE))
def test_a_wrong_protocol_does_harm_that_is_seen_from_outside(name: str) -> None:
    violation, events = first_violation(MUTANTS[name], HARM, 2 * CAUGHT_WITHIN)
    assert violation, f"{name}: no harm within {events} events"


@pytest.mark.slow
def test_the_real_database_lives_the_same_life(tmp_path: Path) -> None:
    """The same seeds with SQLite under the centres, closed and opened again at each death."""
    for seed in range(3):
        disks: list[StoreDisk] = []

        def disk(city: CityCode, seed: int = seed, disks: list[StoreDisk] = disks) -> StoreDisk:
            disks.append(StoreDisk(tmp_path / f"{seed}-{city}.db", city))
            return disks[-1]

        with_files: Outcome = simulate(seed, 1_500, disk=disk)
        for one in disks:
            one.close()
        assert with_files == simulate(seed, 1_500)
