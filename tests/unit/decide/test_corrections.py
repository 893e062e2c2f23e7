"""What past trips teach: right where there are many, nothing where there are few."""

from datetime import timedelta
from math import exp, log
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.decide.corrections import NONE, CorrectionRules, Corrections, Trip, learn
from dispatch.decide.travel import travel_minutes
from dispatch.decide.ways import BY_LAW, Beyond
from dispatch.domain.geography import Position
from dispatch.settings.travel import load_correction_rules
from tests.unit.decide.decide_world import DISPATCH_RULES, NOW

RULES = load_correction_rules()
HERE, ELSEWHERE = (28.2, 112.97), (27.83, 113.14)


def trips(
    count: int,
    factor: float,
    *,
    where: tuple[float, float] = HERE,
    hours: int = 0,
    method: str = "estimate",
    spread: float = 0.0,
    seed: int = 1,
) -> list[Trip]:
    rng = Random(seed)
    moment = NOW + timedelta(hours=hours)
    return [
        Trip(method, *where, moment, 10.0, 10.0 * factor * exp(rng.gauss(0, spread)))
        for _each in range(count)
    ]


def taught(*groups: list[Trip], rules: CorrectionRules = RULES) -> Corrections:
    return learn([trip for group in groups for trip in group], {}, rules, NOW, drill=False)


def test_too_few_trips_teach_nothing() -> None:
    found = taught(trips(RULES.min_trips["all"] - 1, 1.5))
    assert found.at("estimate", *HERE, NOW) == NONE
    assert found.trips == RULES.min_trips["all"] - 1
    assert not any(part.used for part in found.parts)


def test_enough_trips_correct_towards_what_they_took() -> None:
    found = taught(trips(2000, 1.3, spread=0.3))
    assert found.at("estimate", *HERE, NOW).factor == pytest.approx(1.3, rel=0.03)
    assert found.at("estimate", *HERE, NOW).trips == 2000
    assert found.at("roads", *HERE, NOW) == NONE


def test_an_hour_and_an_area_that_differ_are_told_apart() -> None:
    found = taught(
        trips(600, 1.0, seed=1),
        trips(600, 1.4, hours=8, seed=2),
        trips(600, 1.2, where=ELSEWHERE, seed=3),
        trips(600, 1.68, where=ELSEWHERE, hours=8, seed=4),
    )
    evening = NOW + timedelta(hours=8)
    assert found.at("estimate", *HERE, NOW).factor == pytest.approx(1.0, rel=0.03)
    assert found.at("estimate", *HERE, evening).factor == pytest.approx(1.4, rel=0.03)
    assert found.at("estimate", *ELSEWHERE, NOW).factor == pytest.approx(1.2, rel=0.03)
    assert found.at("estimate", *ELSEWHERE, evening).factor == pytest.approx(1.68, rel=0.03)


def test_few_trips_in_an_area_do_not_move_it() -> None:
    found = taught(trips(400, 1.0), trips(RULES.min_trips["hour_area"] - 1, 1.9, where=ELSEWHERE))
    assert found.at("estimate", *ELSEWHERE, NOW).factor < 1.15


def test_trips_are_drawn_towards_no_correction_by_their_number() -> None:
    rules = RULES.model_copy(update={"shrink_trips": 300.0})
    found = taught(trips(300, 1.5), rules=rules)
    (whole,) = [part for part in found.parts if part.level == "all"]
    assert whole.adds_log == pytest.approx(log(1.5) / 2)


@given(ratio=st.floats(0.2, 5), count=st.integers(200, 400))
def test_a_correction_never_leaves_its_bounds(ratio: float, count: int) -> None:
    correction = taught(trips(count, ratio)).at("estimate", *HERE, NOW)
    assert RULES.least_factor <= correction.factor <= RULES.most_factor


def test_mistaken_stamps_are_left_out_and_counted() -> None:
    odd = [Trip("estimate", *HERE, NOW, 10.0, 100.0), Trip("estimate", *HERE, NOW, 0.5, 3.0)]
    found = learn([*trips(300, 1.0), *odd], {"not_told_to_the_end": 4}, RULES, NOW, drill=False)
    assert found.left_out == {"not_told_to_the_end": 4, "too_far_off": 1, "too_short": 1}
    assert found.trips == 300


def test_nothing_at_all_teaches_nothing() -> None:
    found = learn([], {}, RULES, NOW, drill=True)
    assert (found.trips, found.parts, found.since) == (0, (), None)
    assert Corrections.model_validate_json(found.model_dump_json(), strict=True) == found


def test_a_correction_in_use_is_shown_with_its_trips() -> None:
    found = taught(trips(1000, 1.25))
    lat, lon = np.array([28.25]), np.array([112.9])
    scene = Position(lat=HERE[0], lon=HERE[1])
    plain = travel_minutes([], DISPATCH_RULES.travel, lat, lon, scene, NOW, blue_light=True, beyond=BY_LAW)
    better = travel_minutes(
        [], DISPATCH_RULES.travel, lat, lon, scene, NOW, blue_light=True, beyond=Beyond(None, found)
    )
    assert better.minutes[0] == pytest.approx(plain.minutes[0] * better.learned[0])
    (reason,) = better.reasons(0)
    assert reason.code == "learned_longer"
    assert reason.facts["trips"] == 1000
    assert not list(plain.reasons(0))
    assert better.range(0).p90 > better.minutes[0] > better.range(0).p10
