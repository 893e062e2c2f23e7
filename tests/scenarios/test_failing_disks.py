"""A disk that fails is an alarm at every console, the act is refused, and all goes on when it is mended."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from dispatch.centre.store import Store
from dispatch.domain.alarms import AlarmState
from dispatch.domain.geography import CityCode, Datum, Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.feed.link import LinkTiming
from tests.scenarios import three_cities as towns
from tests.scenarios.three_cities import CHANGSHA, ZHUZHOU, ThreeCities, three_cities, until

WUYI_SQUARE = Position(lat=28.1960, lon=112.9770)
ELSEWHERE = Position(lat=28.2130, lon=113.0050)
SELDOM = LinkTiming(beat_s=30.0, answer_s=3.0, connect_s=3.0, first_pause_s=0.05, longest_pause_s=0.2)


@pytest.fixture
async def cities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ThreeCities]:
    """Centres whose heart beats seldom: what is told at once does not wait for it."""
    monkeypatch.setattr(towns, "QUICK", SELDOM)
    async with three_cities(tmp_path) as running:
        yield running


def _says_failing(cities: ThreeCities, city: CityCode) -> AlarmState | None:
    alarm = cities.session.picture.alarms.by_id.get(f"centre_failing:{city}")  # type: ignore[call-overload]
    return None if alarm is None else alarm.state


async def _incident(cities: ThreeCities) -> IncidentId:
    return await cities.desk.open_incident(WUYI_SQUARE, Datum.WGS84, "五一广场", Priority.URGENT)


@contextmanager
def _read_only(store: Store, _file: Path) -> Iterator[None]:
    store._connection.execute("PRAGMA query_only = ON")
    yield
    store._connection.execute("PRAGMA query_only = OFF")


@contextmanager
def _locked(store: Store, file: Path) -> Iterator[None]:
    store._connection.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.parametrize("broken", [_read_only, _locked])
async def test_a_centre_that_cannot_write_says_so_at_once_and_goes_on_when_it_can(
    cities: ThreeCities, broken: Callable[[Store, Path], AbstractContextManager[None]]
) -> None:
    number = await _incident(cities)
    ranking = cities.desk.rank_units(number)
    unit = ranking.candidates[0].unit
    town = cities.towns[CHANGSHA]
    assert town.centre is not None
    before, free = len(town.rows()), cities.status(unit)
    with broken(town.centre.store, town.database):
        assert not (await cities.desk.choose_unit(number, unit, ranking)).ok
        await until(lambda: _says_failing(cities, CHANGSHA) is AlarmState.UNACKNOWLEDGED, 2.0)
        assert _says_failing(cities, ZHUZHOU) is None
        assert len(town.rows()) == before
        assert cities.status(unit) == free, "nobody was sent that is not on record"
    await until(lambda: _says_failing(cities, CHANGSHA) is AlarmState.RETURNED)
    again = await cities.desk.open_incident(ELSEWHERE, Datum.WGS84, "烈士公园", Priority.URGENT)
    ranking = cities.desk.rank_units(again)
    assert (await cities.desk.choose_unit(again, ranking.candidates[0].unit, ranking)).ok
