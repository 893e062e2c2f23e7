"""A replay shows what the rows up to a moment say, invents nothing, and lets nobody act."""

import inspect
import typing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import language
from dispatch.audit.entry import AuditRow
from dispatch.clock import from_epoch_ms
from dispatch.console.ports import Desk
from dispatch.console.present_alarms import alarm_sentence
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import IncidentId, IncidentState
from dispatch.domain.operators import Right
from dispatch.domain.units import UnitId, UnitState
from dispatch.picture.live import Picture
from dispatch.replay.clock import ReplayClock
from dispatch.replay.desk import ReplayDesk
from dispatch.replay.player import Player
from dispatch.replay.scene import Scene
from dispatch.replay.unheld import ReplayRefused
from dispatch.report.logs import read_logs
from dispatch.settings import load
from dispatch.settings.configuration import Configuration
from tests.unit.report.shift import START_MS, Row, shift, state, write
from tests.unit.report.test_report import AT, CALL, MIN, _hostile_rows, lent

HOME = CityCode("changsha")


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    return load()


def rows_of(folder: Path, rows: list[Row]) -> list[AuditRow]:
    return [row for log in read_logs(write(folder, rows)) for row in log.rows]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> list[AuditRow]:
    return rows_of(tmp_path_factory.mktemp("replay"), shift(4, calls=60))


def player(rows: list[AuditRow], configuration: Configuration) -> Player:
    return Player(rows, Scene(configuration.new_picture(), HOME))


def desk(playing: Player, configuration: Configuration) -> ReplayDesk:
    clock = ReplayClock(playing.from_ms, playing.to_ms, steady=lambda: 0.0)
    return ReplayDesk(playing.scene, clock, configuration, drill=True)


def seen(picture: Picture) -> tuple[object, ...]:
    """Everything that a screen shows."""
    fleet = picture.fleet
    columns = [
        np.nan_to_num(fleet.column(name).astype(float), nan=-1).tolist() for name in ("lat", "lon", "state")
    ]
    alarms = (dict(picture.alarms.by_id), dict(picture.neighbours_alarms.by_id))
    return (
        dict(picture.incidents),
        dict(picture.timelines),
        list(fleet.statuses),
        columns,
        alarms,
        dict(picture.sight),
    )


@given(stops=st.lists(st.integers(0, 5 * 3_600_000), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_however_one_gets_to_a_moment_it_looks_the_same(
    stops: list[int], recorded: list[AuditRow], configuration: Configuration
) -> None:
    wandering, straight = player(recorded, configuration), player(recorded, configuration)
    for stop in stops:
        wandering.to(START_MS + stop)
    straight.to(START_MS + stops[-1])
    assert seen(wandering.scene.picture) == seen(straight.scene.picture)


def test_at_the_end_every_call_of_the_shift_is_in_the_picture(
    recorded: list[AuditRow], configuration: Configuration
) -> None:
    playing = player(recorded, configuration)
    assert playing.to(playing.to_ms) == len(recorded)
    assert len(playing.scene.picture.incidents) == 60


def test_a_unit_stands_where_its_state_says_and_between_two_places_nowhere(
    tmp_path: Path, configuration: Configuration
) -> None:
    rows = [*lent(), state(AT + 30 * MIN, "changsha", "TRANSPORTING", "r1", "CS-001", number=CALL)]
    playing = player(rows_of(tmp_path, rows), configuration)
    picture, unit = playing.scene.picture, UnitId("CS-001")
    playing.to(AT)
    assert picture.fleet.view(unit).status is None
    playing.to(AT + 10 * MIN)
    view = picture.fleet.view(unit)
    assert view.status is not None
    assert (view.status.state, view.fix) == (UnitState.EN_ROUTE, None)
    playing.to(AT + 20 * MIN)
    view = picture.fleet.view(unit)
    assert view.fix is not None
    assert view.fix.position == picture.incidents[IncidentId(CALL)].position
    playing.to(AT + 40 * MIN)
    assert picture.fleet.view(unit).fix is None


def test_no_unit_is_put_where_an_older_log_does_not_say_where_the_call_was(
    tmp_path: Path, configuration: Configuration
) -> None:
    rows = lent()
    del rows[0].detail["lat_microdeg"]
    playing = player(rows_of(tmp_path, rows), configuration)
    playing.to(AT + 20 * MIN)
    assert playing.scene.picture.incidents[IncidentId(CALL)].place.endswith("(?)")
    assert playing.scene.picture.fleet.view(UnitId("CS-001")).fix is None


def test_an_incident_goes_through_the_states_that_its_units_give_it(
    tmp_path: Path, configuration: Configuration
) -> None:
    rows = [
        *lent(),
        Row(AT + 62 * MIN, "xiangtan", "incident.closed_by_itself", CALL, {"ending": "completed"}),
    ]
    playing = player(rows_of(tmp_path, rows), configuration)
    incidents = playing.scene.picture.incidents
    told = []
    for minute in (0, 1.5, 20, 61.5, 63):
        playing.to(AT + int(minute * MIN))
        told.append(incidents[IncidentId(CALL)].state)
    assert told == [
        IncidentState.WAITING,
        IncidentState.DISPATCHED,
        IncidentState.ON_SCENE,
        IncidentState.WAITING,
        IncidentState.CLOSED,
    ]
    codes = [line.code for line in playing.scene.picture.timelines[IncidentId(CALL)]]
    assert codes[0] == "opened"
    assert codes[-1] == "closed"
    assert {"order.reserved", "order.ordered", "order.acked", "unit.state", "order.done"} <= set(codes)


def test_the_ranking_is_the_recorded_one_and_is_not_reckoned_again(
    tmp_path: Path, configuration: Configuration
) -> None:
    playing = player(rows_of(tmp_path, lent()), configuration)
    looking = desk(playing, configuration)
    playing.to(AT + 30_000)
    assert list(looking.rank_units(IncidentId(CALL)).candidates) == []
    playing.to(AT + 5 * MIN)
    ranking = looking.rank_units(IncidentId(CALL))
    assert [(one.unit, one.eta.minutes) for one in ranking.candidates] == [("CS-001", 15.0), ("XT-001", 25.0)]
    assert ranking.as_of == from_epoch_ms(AT + MIN)


def test_every_act_of_a_desk_is_refused(tmp_path: Path, configuration: Configuration) -> None:
    playing = player(rows_of(tmp_path, lent()), configuration)
    looking: Desk = desk(playing, configuration)
    playing.to(playing.to_ms)
    before = seen(playing.scene.picture)
    acts = [name for name, it in vars(Desk).items() if inspect.iscoroutinefunction(it) and name != "work_on"]
    assert len(acts) > 25
    for name in acts:
        act = getattr(looking, name)
        given_ = [None] * (len(inspect.signature(getattr(Desk, name)).parameters) - 1)
        with pytest.raises(ReplayRefused):
            typing.cast("typing.Coroutine[None, None, None]", act(*given_)).send(None)
    assert all(looking.may(right) for right in Right)
    assert seen(playing.scene.picture) == before


def test_odd_and_hostile_rows_change_nothing_and_stop_nothing(
    tmp_path: Path, configuration: Configuration
) -> None:
    playing = player(rows_of(tmp_path, _hostile_rows()), configuration)
    playing.to(playing.to_ms)
    assert playing.scene.picture.incidents[IncidentId(CALL)].place == "五一广场"
    assert all("\x1b" not in one.place for one in playing.scene.picture.incidents.values())


# --- the clock ------------------------------------------------------------------------------------------


class _Steady:
    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


def test_the_clock_runs_stands_still_and_goes_on_where_it_stood() -> None:
    steady = _Steady()
    clock = ReplayClock(0, 1_000_000, speed=10, steady=steady)
    steady.s += 2
    assert clock.now_ms() == 20_000
    clock.pause()
    steady.s += 50
    assert clock.now_ms() == 20_000
    clock.pause()
    steady.s += 1
    assert clock.now_ms() == 30_000
    assert clock.monotonic() == pytest.approx(53)


def test_a_change_of_speed_moves_nothing() -> None:
    steady = _Steady()
    clock = ReplayClock(0, 10_000_000, speed=10, steady=steady)
    steady.s += 3
    clock.faster()
    assert (clock.now_ms(), clock.speed) == (30_000, 30)
    clock.faster(-1)
    clock.faster(-1)
    assert (clock.now_ms(), clock.speed) == (30_000, 5)
    for _again in range(20):
        clock.faster()
    assert clock.speed == 300
    for _again in range(20):
        clock.faster(-1)
    assert clock.speed == 0.5


def test_it_neither_leaves_the_log_at_its_end_nor_before_its_beginning() -> None:
    steady = _Steady()
    clock = ReplayClock(50_000, 90_000, speed=1, at_ms=10, steady=steady)
    assert clock.now_ms() == 50_000
    clock.jump(-600)
    assert clock.now_ms() == 50_000
    clock.jump(600)
    assert clock.now_ms() == 90_000
    assert clock.over
    clock.go_to(60_000)
    steady.s += 1
    assert clock.now_ms() == 61_000


def test_an_alarm_says_again_what_its_centre_said(tmp_path: Path, configuration: Configuration) -> None:
    told = {"city": "xiangtan", "incident": "XT-1127-0006", "place": "湘乡市水府旅游区"}
    detail: dict[str, object] = {"code": "aid_received", "severity": "warning", "facts": told}
    raised = Row(AT, "changsha", "alarm.raised", "aid_received:01a2", detail)
    playing = player(rows_of(tmp_path, [raised]), configuration)
    playing.to(playing.to_ms)
    (alarm,) = playing.scene.picture.alarms.by_id.values()
    cities = {city.code: city for city in configuration.cities}
    language.use("en")
    said = alarm_sentence(alarm, cities)
    assert said == "Xiangtan asks for help with XT-1127-0006: 湘乡市水府旅游区"
