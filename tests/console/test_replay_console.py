"""The console over a replay: its banner, its keys, its refusals."""

from contextlib import closing
from pathlib import Path

import pytest

from dispatch import language
from dispatch.console.widgets.statusbar import AlarmLine
from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitId
from dispatch.replay.app import ReplayApp
from dispatch.replay.clock import ReplayClock
from dispatch.replay.desk import ReplayDesk
from dispatch.replay.driven import Driven
from dispatch.replay.player import Player
from dispatch.replay.scene import Scene
from dispatch.report.logs import read_logs
from dispatch.settings import load
from dispatch.tracks.read import Tracks
from dispatch.tracks.store import TrackStore
from tests.unit.report.shift import write
from tests.unit.report.test_report import AT, MIN, lent


@pytest.fixture
def replay(tmp_path: Path) -> ReplayApp:
    """Five minutes after the call, standing still."""
    language.use("en")
    configuration = load()
    rows = [row for log in read_logs(write(tmp_path, lent())) for row in log.rows]
    player = Player(rows, Scene(configuration.new_picture(), CityCode("changsha")))
    clock = ReplayClock(player.from_ms, player.to_ms, speed=60, at_ms=AT + 5 * MIN, steady=lambda: 0.0)
    return ReplayApp(ReplayDesk(player.scene, clock, configuration, drill=True), player, Driven([]))


def banner(app: ReplayApp) -> str:
    screen = app.base_screen
    assert screen is not None
    return screen.query_one(AlarmLine).text.plain


async def test_the_banner_says_replay_with_time_and_speed_on_every_screen(replay: ReplayApp) -> None:
    async with replay.run_test(size=(120, 36)) as pilot:
        for key in ("f2", "f3", "f4", "f5", "f6"):
            await pilot.press(key)
            await pilot.pause(0.4)
            assert "REPLAY 2026-03-02 09:05:00 x60 plays" in banner(replay)
            assert "fault" not in replay.result.text


async def test_keys_move_the_replay_and_the_screen_follows(replay: ReplayApp) -> None:
    async with replay.run_test(size=(120, 36)) as pilot:
        await pilot.pause(0.4)
        picture = replay.desk.picture
        await pilot.press("right_square_bracket", "right_square_bracket")
        await pilot.pause(0.4)
        assert [str(one.state) for one in picture.open_incidents()] == ["on_scene", "dispatched"]
        await pilot.press("left_square_bracket", "left_square_bracket", "left_square_bracket")
        await pilot.pause(0.4)
        assert [str(one.state) for one in picture.open_incidents()] == ["waiting"]  # the first row of all
        await pilot.press("greater_than_sign", "space")
        await pilot.pause(0.4)
        assert "x120 stands still" in banner(replay)
        assert not [one for one in replay.result.text.split() if one == "fault"]


async def test_acts_are_refused_in_one_sentence(replay: ReplayApp) -> None:
    async with replay.run_test(size=(120, 36)) as pilot:
        await pilot.pause(0.4)
        for key in ("f7", "f8", "f10", "ctrl+a"):
            await pilot.press(key)
            await pilot.pause(0.2)
            assert not replay.result.ok
            assert "nothing can be done" in replay.result.text or "alarm" in replay.result.text
        assert len(replay.screen_stack) == 1


async def test_a_unit_drives_as_its_centre_kept_it(replay: ReplayApp, tmp_path: Path) -> None:
    path, rules = tmp_path / "tracks.db", load().track_rules
    with closing(TrackStore.open(path, rules, replay.replay, city="changsha", drill=True)) as kept:
        for second in range(0, 1_200, 10):  # silent after five minutes more
            if second <= 600 or second > 1_100:
                kept.saw("CS-001", AT + second * 1000, 28.20 + second * 1e-5, 112.95)
    replay.driven = Driven([Tracks(path)])
    async with replay.run_test(size=(120, 36)) as pilot:
        fleet = replay.desk.picture.fleet
        row = fleet.row(UnitId("CS-001"))
        for minutes, lat in ((0, 28.203), (2, 28.2042), (10, 28.206)):
            replay.replay.go_to(AT + (5 + minutes) * MIN)
            await pilot.pause(0.4)
            assert float(fleet.lat[row]) == pytest.approx(lat)
        assert int(fleet.fixed_ms[row]) == AT + 10 * MIN, "it was heard last then, and the age says so"
    replay.driven.close()
