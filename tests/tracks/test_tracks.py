"""Tracks: nothing reported is farther from what is kept than promised, and no silence is driven through."""

import itertools
import json
import math
import random
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from haversine import Unit, haversine
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from dispatch.audit.backup import make
from dispatch.audit.connection import writer
from dispatch.cli.app import app
from dispatch.clock import CHINA, ManualClock, SystemClock, epoch_ms
from dispatch.domain.errors import DispatchError
from dispatch.settings.tracks import load_track_rules
from dispatch.tracks.geojson import features
from dispatch.tracks.read import Place, Tracks
from dispatch.tracks.rules import TrackRules
from dispatch.tracks.store import FILE, TrackStore
from dispatch.tracks.thinning import Fix, Thinner

RULES = load_track_rules()
NOON = datetime(2026, 11, 27, 12, tzinfo=CHINA)
NOON_MS = epoch_ms(NOON)
Reported = list[tuple[int, float, float]]


def thinned(reported: Reported, within_m: float = 25.0, every_s: float = 300.0) -> list[Fix]:
    thinner = Thinner(within_m, every_s, 60.0)
    return [fix for one in reported for fix in thinner.take(*one)] + thinner.rest()


def off_m(kept: list[Fix], reported: Reported) -> float:
    """The farthest that a reported fix is from the kept track at its own time."""
    worst = 0.0
    for at_ms, lat, lon in reported:
        before = [fix for fix in kept if fix.at_ms <= at_ms][-1]
        after = next((fix for fix in kept if fix.at_ms > at_ms), before)
        share = 0.0 if after is before else (at_ms - before.at_ms) / (after.at_ms - before.at_ms)
        where = (
            before.lat + share * (after.lat - before.lat),
            before.lon + share * (after.lon - before.lon),
        )
        worst = max(worst, haversine((lat, lon), where, unit=Unit.METERS))
    return worst


def drive(seed: int, seconds: int, every_s: int = 1) -> Reported:
    """A vehicle that turns, waits at lights and is reported a few metres off."""
    chance, lat, lon, heading, found = random.Random(seed), 28.2, 112.95, 0.0, []
    for second in range(0, seconds, every_s):
        if second % 20 < every_s:
            heading = chance.uniform(0, math.tau)
        speed_ms = 0.0 if second % 60 < 15 else 14.0
        lat += speed_ms * every_s * math.cos(heading) / 111_195
        lon += speed_ms * every_s * math.sin(heading) / 111_195 / math.cos(math.radians(lat))
        found.append((NOON_MS + second * 1000, lat + chance.gauss(0, 3e-5), lon + chance.gauss(0, 3e-5)))
    return found


@pytest.mark.parametrize("within_m", [10.0, 25.0, 100.0])
def test_no_fix_is_farther_from_the_kept_track_than_promised(within_m: float) -> None:
    reported = drive(7, 3_600)
    kept = thinned(reported, within_m)
    assert off_m(kept, reported) <= within_m * 1.002  # a sphere's metres against a plane's
    assert len(kept) < len(reported) * {10.0: 0.4, 25.0: 0.2, 100.0: 0.05}[within_m]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 90), st.floats(-2e-3, 2e-3), st.floats(-2e-3, 2e-3)), min_size=1))
def test_whatever_is_reported_is_kept_as_closely_in_order_and_joined_only_where_it_was_heard(
    steps: list[tuple[int, float, float]],
) -> None:
    at_ms, reported = NOON_MS, Reported()
    for took_s, north, east in steps:
        at_ms += took_s * 1000
        reported.append((at_ms, 28.2 + north, 112.95 + east))
    kept = thinned(reported)
    heard = [reported[0]]
    for one in reported:
        if one[0] > heard[-1][0]:  # what is not newer is nothing
            heard.append(one)
    assert [fix.at_ms for fix in kept] == sorted({fix.at_ms for fix in kept})
    assert off_m(kept, heard) <= 25 * 1.002
    times = [one[0] for one in heard]
    for before, after in itertools.pairwise(kept):
        between = [one for one in times if before.at_ms <= one <= after.at_ms]
        silent = max(b - a for a, b in itertools.pairwise(between)) > 60_000
        assert after.joined is not silent


def test_a_vehicle_that_stands_is_kept_now_and_then() -> None:
    kept = thinned([(NOON_MS + second * 1000, 28.2, 112.95) for second in range(3_601)])
    assert 12 <= len(kept) <= 14
    assert max(b.at_ms - a.at_ms for a, b in itertools.pairwise(kept)) <= 300_000


def rules(**changes: float) -> TrackRules:
    return RULES.model_copy(update=changes)


def store(path: Path, clock: ManualClock, *, drill: bool = False, **changes: float) -> TrackStore:
    return TrackStore.open(path, rules(**changes), clock, city="changsha", drill=drill)


def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Three days of two vehicles; the second falls silent for ten minutes and then stands elsewhere."""
    path = tmp_path / "data" / FILE
    with closing(store(path, clock())) as tracks:
        for day in range(3):
            for at_ms, lat, lon in drive(day, 1_200, every_s=5):
                tracks.saw("CS-001", at_ms + day * 86_400_000, lat, lon)
        for second in (*range(0, 300, 5), *range(900, 1_200, 5)):
            tracks.saw("CS-002", NOON_MS + second * 1000, 28.2 if second < 900 else 28.3, 112.95)
    return path


def test_between_two_kept_fixes_it_was_on_the_line_and_in_a_silence_where_it_was_heard_last(
    kept: Path,
) -> None:
    with closing(Tracks(kept)) as tracks:
        for at_ms, lat, lon in drive(0, 1_200, every_s=5):
            where = tracks.at("CS-001", at_ms)
            assert where is not None
            assert haversine((lat, lon), where[:2], unit=Unit.METERS) <= 25.1
            assert where.fixed_ms == at_ms
        assert tracks.at("CS-002", NOON_MS + 600_000) == Place(28.2, 112.95, NOON_MS + 295_000)
        assert tracks.at("CS-002", NOON_MS + 900_000) == Place(28.3, 112.95, NOON_MS + 900_000)
        assert tracks.at("CS-002", NOON_MS - 1) is None
        assert tracks.at("CS-009", NOON_MS) is None
        lines = list(features("CS-002", tracks.of("CS-002", 0, 2**53)))
        assert [one["geometry"]["type"] for one in lines] == ["LineString", "LineString"]  # type: ignore[index]


def test_days_that_need_not_be_kept_are_deleted_and_whole_ones_only(kept: Path) -> None:
    late = ManualClock(NOON + timedelta(days=10))
    with closing(store(kept, late, kept_days=9)) as tracks:
        tracks._delete_old()  # what `run` does every hour
    with closing(Tracks(kept)) as left:
        assert [one.unit for one in left.held()] == ["CS-001"]
        (first, *_rest) = left.of("CS-001", 0, 2**53)
        assert first.at_ms == NOON_MS + 86_400_000


def test_a_disk_that_fails_loses_nothing_while_it_lasts_and_raises_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / FILE
    tracks = store(path, clock())
    blocked = writer(path)
    blocked.execute("BEGIN IMMEDIATE")
    tracks._connection.execute("PRAGMA busy_timeout = 20")
    tracks.saw("CS-001", NOON_MS, 28.2, 112.95)
    tracks._write()
    assert tracks.failure
    blocked.execute("ROLLBACK")
    blocked.close()
    tracks.saw("CS-001", NOON_MS + 200_000, 28.3, 112.95)
    tracks.close()
    assert not tracks.failure
    with closing(Tracks(path)) as held:
        assert [fix.at_ms for fix in held.of("CS-001", 0, 2**53)] == [NOON_MS, NOON_MS + 200_000]


def test_a_file_that_is_none_is_refused_with_what_to_do(tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"not a database" * 100)
    with pytest.raises(DispatchError, match=r"move it away|移走"):
        store(broken, clock())
    for file in (broken, tmp_path / "nothing.db"):
        with pytest.raises(DispatchError, match=file.name):
            Tracks(file)
    newer = tmp_path / "newer.db"
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(DispatchError, match=r"newer|更新版本"):
        store(newer, clock())


def test_no_backup_holds_where_crews_drove(kept: Path, tmp_path: Path) -> None:
    with pytest.raises(DispatchError):
        make(kept.parent, tmp_path / "backup", SystemClock())
    shutil.copy(kept, kept.with_name("other.db"))
    made = make(kept.parent, tmp_path / "backup", SystemClock())
    assert [one.name for one in made.files] == ["other.db"]


# --- commands -------------------------------------------------------------------------------------


def czt(*words: object) -> Result:
    return CliRunner().invoke(app, ["--lang", "en", *map(str, words)])


def test_tracks_are_listed_shown_and_drawn(kept: Path) -> None:
    listed = [json.loads(line) for line in czt("tracks", kept, "--json").stdout.splitlines()]
    assert [(one["unit"], one["city"], one["drill"]) for one in listed] == [
        ("CS-001", "changsha", False),
        ("CS-002", "changsha", False),
    ]
    assert "CS-002" in czt("tracks", kept).stdout
    shown = czt("tracks", kept, "--unit", "CS-002", "--since", "2026-11-27T12:10:00").stdout
    assert "not heard before that" in shown.splitlines()[0]
    drawn = json.loads(czt("tracks", kept, "--unit", "CS-002", "--geojson").stdout)
    assert len(drawn["features"]) == 2
    refused = czt("tracks", kept, "--unit", "CS-003")
    assert "CS-001, CS-002" in str(refused.exception)


def test_whole_days_go_into_parquet_when_somebody_says_why_and_stay_there(kept: Path, tmp_path: Path) -> None:
    out = tmp_path / "warehouse"
    told = ("export", "--tracks", kept, "--out", out, "--by", "li.na")
    assert "--personal" in str(czt(*told).exception)
    assert not out.exists()
    done = czt(*told, "--personal", "--reason", "study of driving times", "--json")
    said = json.loads(done.stdout)
    assert [Path(one["file"]).name for one in said["files"]] == [
        "real-2026-11-27.parquet", "real-2026-11-28.parquet",
    ]  # fmt: skip
    with closing(sqlite3.connect(kept)) as connection, duckdb.connect() as warehouse:
        sql = "SELECT unit, at_ms, lat_e6, lon_e6 FROM fixes WHERE at_ms < ? ORDER BY unit, at_ms"
        rows = connection.execute(sql, (NOON_MS + 129_600_000,)).fetchall()
        query = (
            "SELECT unit, epoch_ms(ts), round(lat * 1e6)::BIGINT, round(lon * 1e6)::BIGINT "
            "FROM read_parquet(?, hive_partitioning = true) ORDER BY unit, ts"
        )
        assert warehouse.execute(query, [f"{out}/tracks/*/*.parquet"]).fetchall() == rows
        connection.execute("DELETE FROM fixes WHERE at_ms < ?", (NOON_MS + 600_000,))
        connection.commit()
    again = json.loads(czt(*told, "--personal", "--reason", "again", "--json").stdout)
    assert (again["written"], again["rows"]) == (0, said["rows"]), "what was deleted here stays there"
