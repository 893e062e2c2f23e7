"""Which unit to send: feasibility, least ETA, lending bounds, cover, and nothing left out silently."""

import math
from datetime import timedelta
from itertools import chain

import pytest
from haversine import haversine
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.clock import epoch_ms
from dispatch.decide.ambulances import UnitRanking, UnitRequest, rank_units
from dispatch.decide.reasons import explain, names_of
from dispatch.decide.record import record
from dispatch.decide.rule_set import Spread
from dispatch.domain.errors import UnknownName
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Incident, IncidentId, IncidentState, Priority
from dispatch.domain.units import Capability, Unit, UnitId, UnitState
from dispatch.picture.cities import Sight
from dispatch.picture.live import Picture
from tests.unit.decide.decide_world import (
    CENTRES,
    CHANGSHA,
    DISPATCH_RULES,
    NOW,
    XIANGTAN,
    ZHUZHOU,
    add_unit,
    at,
    empty_picture,
    random_picture,
    station,
)

RULES = DISPATCH_RULES
HERE = at(28.20, 112.97)


def ask(
    priority: int = 1,
    *,
    city: CityCode = CHANGSHA,
    lat: float = 28.20,
    lon: float = 112.97,
    needs: frozenset[Capability] = frozenset(),
    incident: str | None = None,
    patients: int = 1,
) -> UnitRequest:
    return UnitRequest(
        position=at(lat, lon),
        city=city,
        priority=Priority(priority),
        needs=needs,
        incident=incident,
        patients=patients,
    )


def ids(ranking: UnitRanking) -> list[str]:
    return [candidate.unit for candidate in ranking.candidates]


def codes_against(ranking: UnitRanking, unit: str) -> list[str]:
    return [
        reason.code for excluded in ranking.excluded if excluded.unit == unit for reason in excluded.reasons
    ]


# --- an independent reckoning, one unit at a time


def own_minutes(picture: Picture, unit: Unit, request: UnitRequest) -> float | None:
    """Median ETA of a feasible unit by plain arithmetic; None when it may not be sent at all."""
    view = picture.fleet.view(unit.id)
    if picture.sight[unit.city].sight is not Sight.LIVE or view.status is None or view.fix is None:
        return None
    if view.status.state not in (6, 7) or (NOW - view.fix.fixed_at).total_seconds() > 300:
        return None
    needs = request.needs or {Capability.BASIC}
    held = set(unit.capabilities) | (
        {Capability.BASIC} if Capability.ADVANCED in unit.capabilities else set()
    )
    if not needs <= held:
        return None
    place, target = view.fix.position, request.position
    road = haversine((place.lat, place.lon), (target.lat, target.lon)) * 1.3
    law = 2 * math.sqrt(3 * road) if road <= 3 else 3 + road
    drive = law * 60 / 55 * 1.05 * (0.85 if request.priority < 3 else 1)
    turnout = 1.5 if view.status.state == 7 else 0.5
    return drive + turnout + (0 if unit.city == request.city else 3)


def allowed_by_hand(picture: Picture, request: UnitRequest) -> dict[str, float]:
    """Every unit that may be sent and its minutes, lending tests included."""
    minutes = {u.id: m for u in picture.fleet.units if (m := own_minutes(picture, u, request)) is not None}
    basic = request.model_copy(update={"needs": frozenset()})
    own = sorted(m for u, m in minutes.items() if u.startswith(PREFIX[request.city]))
    last = math.ceil(request.patients / (1, 1, 2)[request.priority - 1]) - 1  # none is on its way yet
    share, gain = ((0.1, 1), (0.3, 3), (0.5, 5))[request.priority - 1]
    kept: dict[str, float] = {}
    for unit, m in minutes.items():
        prefix = unit[:2]
        if prefix == PREFIX[request.city]:
            kept[unit] = m
            continue
        fleet = [u for u in picture.fleet.units if u.id[:2] == prefix]
        free = sum(own_minutes(picture, u, basic) is not None for u in fleet)
        enough = free - 1 >= share * len(fleet) - 1e-9
        if m <= 35 and enough and (len(own) <= last or own[last] - m >= gain):
            kept[unit] = m
    return kept


PREFIX = {CHANGSHA: "CS", ZHUZHOU: "ZZ", XIANGTAN: "XT"}


def random_request(seed: int, priority: int) -> UnitRequest:
    city = list(CENTRES)[seed % 3]
    lat, lon = CENTRES[city]
    shift = ((seed * 7919) % 1000 / 1000 - 0.5) * 0.5
    needs = frozenset({Capability.ADVANCED}) if seed % 4 == 0 else frozenset[Capability]()
    return ask(priority, city=city, lat=lat + shift, lon=lon - shift / 2, needs=needs)


@pytest.mark.slow
def test_priority_1_gets_the_least_feasible_eta_on_ten_thousand_random_states() -> None:
    for block in range(500):
        picture = random_picture(block, 14)
        for seed in range(block * 20, block * 20 + 20):
            request = random_request(seed, 1)
            ranking = rank_units(picture, request, RULES, NOW)
            by_hand = allowed_by_hand(picture, request)
            assert set(ids(ranking)) == set(by_hand)
            if by_hand:
                first = ranking.candidates[0]
                assert first.eta.minutes == pytest.approx(min(by_hand.values()), abs=1e-6)


@given(seed=st.integers(0, 10**6), priority=st.integers(2, 3), patients=st.integers(1, 9))
@settings(max_examples=150, deadline=None)
def test_lower_priorities_keep_slack_cap_reserve_and_gain(seed: int, priority: int, patients: int) -> None:
    picture = random_picture(seed, 25)
    request = random_request(seed, priority).model_copy(update={"patients": patients})
    ranking = rank_units(picture, request, RULES, NOW)
    by_hand = allowed_by_hand(picture, request)
    assert set(ids(ranking)) == set(by_hand)
    if by_hand:
        best, slack, target = min(by_hand.values()), (0, 2, 3)[priority - 1], (10, 15, 20)[priority - 1]
        first = ranking.candidates[0].eta.minutes
        assert first <= best + slack + 1e-9
        assert best > target or first <= target


@given(seed=st.integers(0, 10**6), priority=st.integers(1, 3))
@settings(max_examples=100, deadline=None)
def test_every_unit_is_either_a_candidate_or_excluded_with_a_reason(seed: int, priority: int) -> None:
    picture = random_picture(seed, 30)
    ranking = rank_units(picture, random_request(seed, priority), RULES, NOW)
    named = [*ids(ranking), *(excluded.unit for excluded in ranking.excluded)]
    assert sorted(named) == sorted(unit.id for unit in picture.fleet.units)
    assert all(excluded.reasons for excluded in ranking.excluded)
    assert all(candidate.reasons for candidate in ranking.candidates)
    assert [candidate.rank for candidate in ranking.candidates] == list(range(1, len(named) + 1))[
        : len(ids(ranking))
    ]


# --- what is as good as the first


def test_units_parked_side_by_side_are_as_good_as_each_other() -> None:
    picture = empty_picture()
    for number, lat in enumerate((28.25, 28.250004, 28.250008, 28.40), start=1):
        add_unit(picture, f"CS-00{number}", CHANGSHA, lat, 112.97)
    urgent = rank_units(picture, ask(priority=Priority.LIFE_THREATENING), RULES, NOW)
    one, two, three, far = (UnitId(f"CS-00{number}") for number in (1, 2, 3, 4))
    assert all(urgent.nothing_better_than({unit}) for unit in (one, two, three))
    assert urgent.nothing_better_than({two, three})
    assert urgent.nothing_better_than({one, two, three, far})
    assert not urgent.nothing_better_than({far})
    assert not urgent.nothing_better_than({one, far})
    assert not urgent.nothing_better_than({UnitId("CS-999")})


def test_a_neighbour_as_soon_as_an_own_unit_is_not_as_good() -> None:
    picture = empty_picture()
    add_unit(picture, "CS-001", CHANGSHA, 28.20, 112.97)
    add_unit(picture, "XT-001", XIANGTAN, 28.20, 112.97)
    rules = RULES.model_copy(
        update={
            "units": RULES.units.model_copy(
                update={
                    "lending_gain_min": (-9.0, -9.0, -9.0),
                    "lending_reserve": (0.0, 0.0, 0.0),
                    "acceptance_min": Spread(p10=0.0, p50=0.0, p90=0.0),
                }
            )
        }
    )
    ranking = rank_units(picture, ask(priority=Priority.LIFE_THREATENING), rules, NOW)
    assert set(ids(ranking)) == {"CS-001", "XT-001"}
    assert not ranking.nothing_better_than({ranking.candidates[1].unit})


# --- feasibility


def test_a_unit_without_a_fix_for_five_minutes_is_never_recommended() -> None:
    picture = empty_picture()
    add_unit(picture, "CS-001", CHANGSHA, 28.20, 112.97, age_s=301)
    add_unit(picture, "CS-002", CHANGSHA, 28.30, 112.97, age_s=299)
    ranking = rank_units(picture, ask(), RULES, NOW)
    assert ids(ranking) == ["CS-002"]
    assert codes_against(ranking, "CS-001") == ["stale"]


def test_an_old_position_widens_the_late_end_only() -> None:
    picture = empty_picture()
    fresh = add_unit(picture, "CS-001", CHANGSHA, 28.25, 112.97, age_s=0, speed_kmh=60)
    aged = add_unit(picture, "CS-002", CHANGSHA, 28.25, 112.97, age_s=240, speed_kmh=60)
    first, second = rank_units(picture, ask(), RULES, NOW).candidates
    assert (first.unit, second.unit) == (fresh, aged)
    assert first.eta.minutes == second.eta.minutes
    away_km = 60 * 240 / 3600
    widened = second.eta.high_min - first.eta.high_min
    assert widened == pytest.approx(away_km / 55 * 60 * 1.05 * 0.85)
    assert "position_old" in [reason.code for reason in second.reasons]


def test_advanced_units_also_do_basic_work_but_not_the_other_way_round() -> None:
    picture = empty_picture()
    add_unit(picture, "CS-001", CHANGSHA, 28.20, 112.97, capabilities=(Capability.BASIC,))
    add_unit(picture, "CS-002", CHANGSHA, 28.25, 112.97, capabilities=(Capability.ADVANCED,))
    assert ids(rank_units(picture, ask(), RULES, NOW)) == ["CS-001", "CS-002"]
    urgent = rank_units(picture, ask(needs=frozenset({Capability.ADVANCED, Capability.STROKE})), RULES, NOW)
    assert ids(urgent) == ["CS-002"]
    assert codes_against(urgent, "CS-001") == ["lacks"]


@pytest.mark.parametrize(
    ("state", "reason", "code"),
    [
        (UnitState.PAUSED, "refuelling", "paused"),
        (UnitState.OUT_OF_SERVICE, "brakes", "out_of_service"),
        (UnitState.EN_ROUTE, None, "busy"),
        (None, None, "state_unknown"),
    ],
)
def test_a_unit_that_cannot_go_says_why(state: UnitState | None, reason: str | None, code: str) -> None:
    picture = empty_picture()
    add_unit(picture, "CS-001", CHANGSHA, 28.20, 112.97, state=state, reason=reason)
    ranking = rank_units(picture, ask(), RULES, NOW)
    assert codes_against(ranking, "CS-001") == [code]
    said = explain(ranking.excluded[0].reasons[0], "en")
    assert reason is None or reason in said


def test_the_units_of_a_silent_or_offline_city_are_left_out_with_the_time() -> None:
    picture = empty_picture()
    add_unit(picture, "XT-001", XIANGTAN, 28.20, 112.97)
    view = picture.sight[XIANGTAN]
    view.sight, view.since = Sight.OFFLINE, NOW - timedelta(hours=7, minutes=47)
    ranking = rank_units(picture, ask(), RULES, NOW)
    assert not ranking.candidates
    said = explain(ranking.excluded[0].reasons[0], "zh_CN", names_of(picture))
    assert said == "湘潭自 02:13 离线"
    assert {reason.code for reason in ranking.advice} == {"no_unit", "city_offline_left_out"}


def test_a_unit_already_sent_or_promised_is_not_sent_twice() -> None:
    picture = empty_picture()
    for name in ("CS-001", "CS-002", "CS-003"):
        add_unit(picture, name, CHANGSHA, 28.20, 112.97)
    for number, unit in (("1", "CS-001"), ("2", "CS-002")):
        incident = Incident(
            id=IncidentId(number),
            city=CHANGSHA,
            position=HERE,
            place="",
            priority=Priority.URGENT,
            opened_at=NOW,
            state=IncidentState.DISPATCHED,
            units=(UnitId(unit),),
        )
        picture.incidents[incident.id] = incident
    ranking = rank_units(picture, ask(incident="1"), RULES, NOW)
    assert ids(ranking) == ["CS-003"]
    assert codes_against(ranking, "CS-001") == ["already_assigned"]
    assert codes_against(ranking, "CS-002") == ["promised"]


def test_an_unknown_city_is_refused_by_name() -> None:
    with pytest.raises(UnknownName, match="yueyang"):
        rank_units(empty_picture(), ask(city=CityCode("yueyang")), RULES, NOW)


def test_an_empty_fleet_is_said_and_not_an_error() -> None:
    ranking = rank_units(empty_picture(), ask(2), RULES, NOW)
    assert (len(ranking.candidates), len(ranking.excluded), ranking.why_not_nearer) == (0, 0, ())


# --- lending


def lending_picture(own_lat: float, lender_units: int) -> Picture:
    picture = empty_picture(
        sites=[station("ZZ-S-1", ZHUZHOU, 28.20, 112.98), station("ZZ-S-2", ZHUZHOU, 27.8, 113.1)]
    )
    add_unit(picture, "CS-001", CHANGSHA, own_lat, 112.97)
    for number in range(lender_units):
        add_unit(picture, f"ZZ-{number:03d}", ZHUZHOU, 28.21 + number / 1000, 112.97)
    return picture


def test_a_neighbour_clearly_sooner_is_lent_and_the_lender_sees_what_it_keeps() -> None:
    ranking = rank_units(lending_picture(28.45, 10), ask(), RULES, NOW)
    first = ranking.candidates[0]
    assert (first.unit, first.cross_city) == ("ZZ-000", True)
    assert first.lender is not None
    assert (first.lender.free_left, first.lender.fleet, first.lender.reserve) == (9, 10, 1)
    assert (first.lender.stations_bare, first.lender.stations) == (1, 2)
    assert "acceptance" in first.eta.components


def test_a_neighbour_hardly_sooner_stays_and_the_gain_is_named() -> None:
    ranking = rank_units(lending_picture(28.24, 10), ask(2), RULES, NOW)
    assert ids(ranking) == ["CS-001"]
    assert "gain" in codes_against(ranking, "ZZ-000")


def test_a_lender_at_its_reserve_keeps_its_last_units() -> None:
    ranking = rank_units(lending_picture(28.45, 1), ask(), RULES, NOW)
    assert codes_against(ranking, "ZZ-000") == ["reserve"]


def test_a_loan_beyond_the_cap_is_refused_even_without_own_units() -> None:
    picture = empty_picture()
    for number in range(10):
        add_unit(picture, f"ZZ-{number:03d}", ZHUZHOU, 27.60, 113.15)
    ranking = rank_units(picture, ask(), RULES, NOW)
    assert not ranking.candidates
    assert codes_against(ranking, "ZZ-003") == ["over_cap"]


# --- lending to an incident that wants several units


def casualties_picture() -> Picture:
    """CS-001 stands near, CS-002 and CS-003 far out; ten units of Zhuzhou stand between."""
    picture = lending_picture(28.215, 10)
    add_unit(picture, "CS-002", CHANGSHA, 28.45, 112.97)
    add_unit(picture, "CS-003", CHANGSHA, 28.46, 112.97)
    return picture


def test_for_two_patients_a_neighbour_sooner_than_the_second_own_unit_is_lent() -> None:
    picture = casualties_picture()
    alone = rank_units(picture, ask(2), RULES, NOW)
    assert ids(alone) == ["CS-001", "CS-002", "CS-003"]
    both = rank_units(picture, ask(2, patients=2), RULES, NOW)
    assert ids(both)[:2] == ["CS-001", "ZZ-000"]
    lent = next(reason for reason in both.candidates[1].reasons if reason.code == "lent")
    assert lent.facts["unit"] == "CS-002"


def test_with_fewer_own_units_than_are_wanted_the_neighbours_are_offered_and_it_is_said() -> None:
    ranking = rank_units(casualties_picture(), ask(patients=4), RULES, NOW)
    assert set(ids(ranking)) > {"CS-001", "CS-002", "CS-003", "ZZ-000"}
    lent = next(c for c in ranking.candidates if c.unit == "ZZ-000").reasons
    (few,) = (reason for reason in lent if reason.code == "lent_few_own")
    assert (few.facts["own"], few.facts["wanted"]) == (3, 4)
    assert "no_own_unit" not in [reason.code for reason in ranking.advice]


def test_units_on_their_way_are_no_longer_wanted() -> None:
    picture = casualties_picture()
    add_unit(picture, "CS-009", CHANGSHA, 28.2, 112.97, state=UnitState.EN_ROUTE, incident="CS-1124-0001")
    rest = rank_units(picture, ask(2, patients=2, incident="CS-1124-0001"), RULES, NOW)
    assert ids(rest) == ["CS-001", "CS-002", "CS-003"]
    assert rest.units_advised == 2
    told = ask(2, patients=2).model_copy(update={"sent": 1})
    assert ids(rank_units(picture, told, RULES, NOW)) == ["CS-001", "CS-002", "CS-003"]


# --- absurd reports


@given(
    speed=st.floats(allow_nan=True, allow_infinity=False),
    accuracy=st.floats(min_value=0, allow_infinity=False),
    age_ms=st.integers(-(10**13), 10**13),
    state=st.sampled_from([UnitState.AVAILABLE_ON_ROAD, UnitState.AVAILABLE_AT_STATION]),
)
@settings(max_examples=200, deadline=None)
def test_whatever_a_terminal_claims_the_eta_stays_finite(
    speed: float, accuracy: float, age_ms: int, state: UnitState
) -> None:
    picture = empty_picture()
    name = add_unit(picture, "CS-001", CHANGSHA, None, None, state=state)
    fixed = epoch_ms(NOW) - age_ms
    picture.fleet.apply_fix(name, 28.2, 112.9, fixed, fixed, accuracy_m=accuracy, speed_kmh=speed)
    ranking = rank_units(picture, ask(), RULES, NOW)
    kept = record(ranking)
    assert kept["candidates"] + kept["excluded"] == 1  # type: ignore[operator]
    for candidate in ranking.candidates:
        assert all(math.isfinite(m) for m in (candidate.eta.low_min, candidate.eta.high_min))
        assert candidate.eta.high_min < 60


def test_a_claimed_speed_widens_the_late_end_no_further_than_the_rule_allows() -> None:
    late = []
    for speed in (RULES.units.fastest_kmh, 1.7e308):
        picture = empty_picture()
        add_unit(picture, "CS-001", CHANGSHA, 28.21, 112.97, age_s=240, speed_kmh=speed)
        late.append(rank_units(picture, ask(), RULES, NOW).candidates[0].eta.high_min)
    assert late[0] == late[1]


def test_a_position_dated_in_the_future_is_not_fresh() -> None:
    picture = empty_picture()
    add_unit(picture, "CS-001", CHANGSHA, 28.20, 112.97, age_s=-RULES.units.future_tolerance_s - 1)
    add_unit(picture, "CS-002", CHANGSHA, 28.30, 112.97, age_s=-RULES.units.future_tolerance_s)
    ranking = rank_units(picture, ask(), RULES, NOW)
    assert ids(ranking) == ["CS-002"]
    assert codes_against(ranking, "CS-001") == ["position_ahead"]


def test_a_place_far_from_every_city_is_doubted() -> None:
    picture = empty_picture()
    add_unit(picture, "CS-001", CHANGSHA, 28.20, 112.97)
    assert rank_units(picture, ask(), RULES, NOW).advice == ()
    (far,) = rank_units(picture, ask(lat=39.9, lon=116.4), RULES, NOW).advice
    assert (far.code, far.facts["city"]) == ("far_outside", CHANGSHA)
    assert 1_300 < float(far.facts["distance_km"]) < 1_400


def test_the_antipodes_are_as_far_as_it_gets_and_not_unknown() -> None:
    picture = empty_picture()
    add_unit(picture, "CS-001", CHANGSHA, 28.20, 112.97)
    (candidate,) = rank_units(picture, ask(lat=-28.20, lon=-67.03), RULES, NOW).candidates
    assert candidate.distance_km == pytest.approx(math.pi * 6371.0088)


# --- cover, and the nearer unit


def cover_picture() -> Picture:
    """CS-001 alone covers a station; CS-002 and CS-003 stand a little further, one beside the other."""
    sites = [station("CS-S-1", CHANGSHA, 28.265, 112.97), station("CS-S-2", CHANGSHA, 28.13, 112.97)]
    picture = empty_picture(sites=sites)
    add_unit(picture, "CS-001", CHANGSHA, 28.222, 112.97)
    add_unit(picture, "CS-002", CHANGSHA, 28.175, 112.97)
    add_unit(picture, "CS-003", CHANGSHA, 28.174, 112.97)
    return picture


def test_a_lower_priority_spares_the_unit_that_covers_a_place_alone() -> None:
    ranking = rank_units(cover_picture(), ask(2), RULES, NOW)
    assert ranking.candidates[0].unit == "CS-002"
    assert [reason.code for reason in ranking.candidates[0].reasons] == ["keeps_cover"]
    (near,) = ranking.why_not_nearer
    assert (near.unit, near.reasons[0].code) == ("CS-001", "sooner_less_cover")


def test_priority_1_takes_that_unit_all_the_same() -> None:
    ranking = rank_units(cover_picture(), ask(1), RULES, NOW)
    assert ranking.candidates[0].unit == "CS-001"
    assert ranking.why_not_nearer == ()


def test_an_eta_inside_the_target_is_not_given_up_for_cover() -> None:
    picture = empty_picture(sites=[station("CS-S-1", CHANGSHA, 28.27, 112.97)])
    add_unit(picture, "CS-001", CHANGSHA, 28.270, 112.97)
    add_unit(picture, "CS-002", CHANGSHA, 28.120, 112.97)
    within, beyond = 15.0, 16.0
    units = RULES.units.model_copy(update={"target_min": (10, within, 20)})
    kept = rank_units(picture, ask(2), RULES.model_copy(update={"units": units}), NOW)
    assert kept.candidates[0].unit == "CS-001"
    assert kept.candidates[0].eta.minutes < within < kept.candidates[1].eta.minutes
    units = RULES.units.model_copy(update={"target_min": (10, beyond, 20)})
    spent = rank_units(picture, ask(2), RULES.model_copy(update={"units": units}), NOW)
    assert spent.candidates[0].unit == "CS-002"
    assert spent.candidates[0].eta.minutes < beyond


def test_the_nearer_unit_that_is_not_first_is_explained() -> None:
    picture = empty_picture()
    add_unit(picture, "CS-001", CHANGSHA, 28.201, 112.97, state=UnitState.PAUSED, reason="refuelling")
    add_unit(picture, "ZZ-001", ZHUZHOU, 28.202, 112.97)
    add_unit(picture, "CS-002", CHANGSHA, 28.21, 112.97)
    ranking = rank_units(picture, ask(), RULES, NOW)
    assert [(near.unit, near.reasons[0].code) for near in ranking.why_not_nearer] == [
        ("CS-001", "paused"),
        ("ZZ-001", "reserve"),
    ]


def test_several_patients_are_advised_several_units() -> None:
    picture = cover_picture()
    assert rank_units(picture, ask(1, patients=4), RULES, NOW).units_advised == 4
    assert rank_units(picture, ask(3, patients=4), RULES, NOW).units_advised == 2


# --- metamorphic


def test_equal_units_are_ranked_by_their_ids_whatever_the_order_of_arrival() -> None:
    names = ["CS-003", "CS-001", "CS-002"]
    picture = empty_picture()
    for name in names:
        add_unit(picture, name, CHANGSHA, 28.21, 112.98)
    assert ids(rank_units(picture, ask(), RULES, NOW)) == sorted(names)


@given(seed=st.integers(0, 10**6), priority=st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_new_names_and_another_day_change_nothing_else(seed: int, priority: int) -> None:
    picture = random_picture(seed, 20)
    request = random_request(seed, priority)
    before = rank_units(picture, request, RULES, NOW)
    later = NOW + timedelta(days=3)
    shifted = random_picture(seed, 20)
    fleet = shifted.fleet
    fleet.fixed_ms[: len(fleet)] += epoch_ms(later) - epoch_ms(NOW)
    order = sorted(unit.id for unit in fleet.units)
    renamed = {name: UnitId(f"U{number:03d}") for number, name in enumerate(order)}
    fleet.units[:] = [unit.model_copy(update={"id": renamed[unit.id]}) for unit in fleet.units]
    after = rank_units(shifted, request, RULES, later)
    assert [renamed[UnitId(name)] for name in ids(before)] == ids(after)
    assert [c.eta.minutes for c in before.candidates] == [c.eta.minutes for c in after.candidates]


def test_a_ranking_does_not_change_when_the_picture_moves_on() -> None:
    picture = random_picture(3, 30)
    untouched = rank_units(picture, ask(), RULES, NOW)
    watched = rank_units(picture, ask(), RULES, NOW)
    everything = list(chain(untouched.candidates, untouched.excluded))
    picture.fleet.lat[:30] += 1
    picture.fleet.statuses[:] = [None] * 30
    picture.sight[CHANGSHA].sight = Sight.OFFLINE
    assert list(chain(watched.candidates, watched.excluded)) == everything
