"""Predicted against actual: from the logs of a console and of centres, with nothing else."""

from pathlib import Path

import pytest

from dispatch.audit.log import AuditLog
from dispatch.clock import ManualClock, epoch_ms
from dispatch.decide.ambulances import UnitRequest, rank_units
from dispatch.decide.record import record
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import Priority
from dispatch.travel.outcomes import past_trips
from tests.unit.decide.decide_world import DISPATCH_RULES, NOW, random_picture

SCENE = Position(lat=28.2, lon=112.97)


class Logs:
    """The log of a console and that of a centre, written as they write them."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self.clock, self.paths = clock, [folder / "audit.db", folder / "centre.db"]

    async def write(
        self, *rows: tuple[str, str, dict[str, object]], which: int = 1, drill: bool = False
    ) -> None:
        log = AuditLog.open(
            self.paths[which], clock=self.clock, city=CityCode("changsha"), console="c-1", drill=drill
        )
        for action, target, detail in rows:
            await log.append(action, actor="li", role="dispatcher", target=target, detail=detail)
        await log.close()

    async def choose(
        self, incident: str, detail: dict[str, object], unit: str, *, drill: bool = False
    ) -> None:
        chosen: dict[str, object] = {"unit": unit, "rank": 1, "override_reason": ""}
        rows = ("unit.recommended", incident, detail), ("unit.chosen", incident, chosen)
        await self.write(*rows, which=0, drill=drill)

    async def states(self, incident: str, unit: str, *told: tuple[str, float], drill: bool = False) -> None:
        rows: list[tuple[str, str, dict[str, object]]] = [
            (
                "unit.state",
                unit,
                {"state": state, "incident": incident, "at_ms": epoch_ms(NOW) + round(minutes * 60_000)},
            )
            for state, minutes in told
        ]
        await self.write(*rows, drill=drill)


@pytest.fixture
def logs(tmp_path: Path, clock: ManualClock) -> Logs:
    return Logs(tmp_path, clock)


def ranking_detail() -> tuple[dict[str, object], str, float]:
    """What a console writes of a ranking; the first unit, and its driving minutes."""
    request = UnitRequest(position=SCENE, city=CityCode("changsha"), priority=Priority(1))
    ranking = rank_units(random_picture(3, 60, messy=False), request, DISPATCH_RULES, NOW)
    first = ranking.candidates[0]
    return record(ranking), first.unit, first.eta.components["travel"]


async def test_a_trip_is_read_from_what_the_console_wrote_and_the_centre_heard(logs: Logs) -> None:
    detail, unit, predicted = ranking_detail()
    await logs.choose("CS-1", detail, unit)
    await logs.states("CS-1", unit, ("ASSIGNED", 0), ("EN_ROUTE", 1.5), ("ON_SCENE", 14))
    (trip,), left_out = past_trips(logs.paths, drill=False)
    assert (trip.method, trip.lat, trip.lon) == ("estimate", 28.2, 112.97)
    assert trip.predicted_min == pytest.approx(predicted, abs=1 / 60)
    assert trip.actual_min == pytest.approx(12.5)
    assert left_out == {}
    assert past_trips(list(reversed(logs.paths)), drill=False) == ([trip], {})


async def test_a_prediction_counts_without_the_correction_it_carried(logs: Logs) -> None:
    option = {"unit": "CS-001", "travel_s": 720, "method": "roads", "learned_permille": 1200}
    detail = {"options": [option], "lat_microdeg": 28_200_000, "lon_microdeg": 112_970_000}
    await logs.choose("CS-1", detail, "CS-001")
    await logs.states("CS-1", "CS-001", ("EN_ROUTE", 0), ("ON_SCENE", 11))
    (trip,), _left_out = past_trips(logs.paths, drill=False)
    assert trip.method == "roads"
    assert trip.predicted_min == pytest.approx(10)
    assert trip.actual_min == pytest.approx(11)


async def test_a_unit_sent_twice_to_one_scene_counts_by_its_last_way(logs: Logs) -> None:
    detail, unit, _minutes = ranking_detail()
    await logs.choose("CS-1", detail, unit)
    await logs.states(
        "CS-1", unit, ("EN_ROUTE", 0), ("ON_SCENE", 9), ("EN_ROUTE", 60), ("ON_SCENE", 65), ("ON_SCENE", 80)
    )
    (trip,), _left_out = past_trips(logs.paths, drill=False)
    assert trip.actual_min == pytest.approx(5)


async def test_what_is_not_told_from_end_to_end_is_counted_with_its_reason(logs: Logs) -> None:
    detail, unit, _minutes = ranking_detail()
    await logs.choose("CS-1", detail, unit)
    await logs.choose("CS-2", detail, "CS-999")
    await logs.choose("CS-3", {"options": [{"unit": "CS-003", "eta_s": 600}]}, "CS-003")
    await logs.choose("CS-4", detail, unit)
    await logs.states("CS-4", unit, ("EN_ROUTE", 10), ("ON_SCENE", 4))
    trips, left_out = past_trips(logs.paths, drill=False)
    assert trips == []
    assert left_out == {
        "not_told_to_the_end": 1,
        "not_among_the_options_written_down": 1,
        "driving_time_not_written_down": 1,
        "stamps_out_of_order": 1,
    }


async def test_drills_and_real_shifts_are_never_mixed(logs: Logs) -> None:
    detail, unit, _minutes = ranking_detail()
    await logs.choose("CS-1", detail, unit, drill=True)
    await logs.states("CS-1", unit, ("EN_ROUTE", 0), ("ON_SCENE", 9), drill=True)
    assert past_trips(logs.paths, drill=False) == ([], {})
    assert len(past_trips(logs.paths, drill=True)[0]) == 1
