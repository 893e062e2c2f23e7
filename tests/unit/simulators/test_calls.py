from datetime import UTC, datetime, timedelta

import numpy as np

from dispatch.domain.drills import Demand
from dispatch.domain.geography import CityCode, Position
from simulators.world import World
from tests.unit.simulators.simulated_world import assumptions, configuration, live, scenario, world

DAY = datetime(2026, 1, 1, 16, tzinfo=UTC)  # midnight in China


def daily_counts(days: int) -> tuple[float, list[int], list[int]]:
    """Mean that Changsha should have, calls of each day, and hour of the day of each call."""
    living = world()
    city = configuration().cities[0]
    counts, hours = [], []
    for day in range(days):
        midnight = DAY + timedelta(days=day)
        times = living.calls.times(city, midnight, 1.0)
        counts.append(len(times))
        hours += [int((moment / 1000 - midnight.timestamp()) // 3600) for moment in times]
    return assumptions().calls.per_million_day * city.population_million, counts, hours


def test_daily_calls_are_as_many_as_assumed_and_more_uneven_than_poisson() -> None:
    mean, counts, _ = daily_counts(1000)
    assert 195 <= mean <= 205
    error = (np.var(counts) / len(counts)) ** 0.5
    assert abs(np.mean(counts) - mean) < 4 * error
    assert 1.7 < np.var(counts) / np.mean(counts) < 2.2


def test_the_hours_of_calls_follow_the_daily_curve() -> None:
    _, _, hours = daily_counts(400)
    seen = np.bincount(hours, minlength=24) / len(hours)
    curve = np.array(assumptions().calls.hour_factor)
    assert np.abs(seen - curve / curve.sum()).max() < 0.003
    assert curve.max() <= 1.4
    assert curve.min() >= 0.6


def test_every_call_lies_in_its_own_city_and_is_named_by_real_places() -> None:
    living = world(scenario(demand=5))
    live(living, 30)
    calls = list(living.scenes.all.values())
    assert len(calls) > 30
    for call in calls:
        city = configuration().city_of(Position(lat=call.point[0], lon=call.point[1]))
        if city is not None and city != call.city:
            districts = [d for d in configuration().ground.districts if d.city == call.city]
            assert min(d.distance_km(Position(lat=call.point[0], lon=call.point[1])) for d in districts) < 3
        assert any("\u4e00" <= letter <= "\u9fff" for letter in call.place)
        assert call.id.startswith(living.cities[call.city].prefix + "-1124-")


def test_numbers_of_a_city_rise_without_a_gap() -> None:
    living = world(scenario(demand=5))
    live(living, 20)
    for city in living.cities:
        numbers = [int(i.id[-4:]) for i in living.scenes.all.values() if i.city == city]
        assert numbers == list(range(1, len(numbers) + 1))


def test_a_surge_brings_more_calls_to_its_city_only() -> None:
    surge = Demand(kind="demand", at_min=1, city=CityCode("xiangtan"), factor=8, for_min=60)
    calm, wild = world(), world(scenario(surge))
    live(calm, 60)
    live(wild, 60)

    def count(living: World, city: str) -> int:
        return sum(i.city == city for i in living.scenes.all.values())

    assert count(wild, "xiangtan") > 3 * count(calm, "xiangtan")
    assert count(wild, "changsha") == count(calm, "changsha")
