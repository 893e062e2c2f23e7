"""A whole drill: real brokers, simulators as a process, a session, and the command that runs it all."""

import asyncio
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dispatch.audit.read import Filter, rows
from dispatch.audit.verify import verify
from dispatch.cli.drill import _write_picture
from dispatch.decide.documents import read
from dispatch.decide.picture_document import PictureDocument
from dispatch.domain.errors import AuditUnavailable, DispatchError
from dispatch.domain.units import UnitState
from dispatch.feed.mqtt import over_mqtt
from dispatch.picture.cities import Sight
from dispatch.rig import Reins, open_rig, plan_drill, running_drill_clock, running_drill_door
from dispatch.runtime import Session, open_session
from dispatch.settings import load

CITIES = ("changsha", "zhuzhou", "xiangtan")


CRASH_AT_ONCE = """
name = { zh = "车祸", en = "Crash" }
description = { zh = "开始即发生", en = "It begins with it" }
start = 17:10:00
seed = 1

[[event]]
kind = "mass_casualty"
at_min = 0.2
city = "changsha"
position = [28.2050, 112.9820]
place = "五一大道"
patients = 9
priority = 1
"""


def _czt(*arguments: str, timeout: float = 300) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "dispatch", "--lang", "en", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)


@pytest.mark.slow
def test_a_headless_drill_leaves_a_verified_log_a_summary_and_a_picture(tmp_path: Path) -> None:
    out, own = tmp_path / "out", tmp_path / "own"
    (own / "drills").mkdir(parents=True)
    (own / "drills" / "crash-at-once.toml").write_text(CRASH_AT_ONCE, "utf-8")
    length = ("--minutes", "2", "--speed", "4")
    ran = _czt("drill", "crash-at-once", "--config", str(own), "--headless", *length, "--out", str(out))
    assert ran.returncode == 0, ran.stderr
    assert verify(out / "audit.db").ok
    told = json.loads((out / "summary.json").read_text("utf-8"))
    assert told["audit"]["verified"] is True
    assert told["audit"]["orders"]["confirmed"] >= 1, "a crash with nine people wants units"
    for city in CITIES:
        assert told["centres"][city]["verified"] is True
        assert told["centre_restarts"][city] == 0
    for city in CITIES:
        seen = told["console"]["cities"][city]
        assert seen["units_positioned"] == seen["units"] > 0
    assert told["simulated"]["synthetic"] is True
    assert told["drill"] is True
    picture = read("picture", PictureDocument, (out / "picture.json").read_bytes())
    assert len(picture.units) >= 200
    again = _czt("drill", "--headless", "--minutes", "1", "--out", str(out))
    assert again.returncode == 2, "a second drill never writes into the first one's log"
    assert "--out" in again.stderr


@pytest.mark.slow
def test_a_lost_city_turns_grey_alone_and_heals_by_itself(tmp_path: Path) -> None:
    asyncio.run(_lose_zhuzhou(tmp_path))


async def _lose_zhuzhou(folder: Path) -> None:
    configuration = load()
    settings = configuration.settings.model_copy(update={"broker": "nats"})
    configuration = configuration.model_copy(update={"settings": settings})
    plan = plan_drill(configuration, "quiet-shift")
    async with open_rig(configuration, plan, folder) as rig:
        connect = over_mqtt(rig.endpoints, rig.clock)
        async with open_session(configuration, connect, rig.clock, folder, drill=True) as session:
            sight = session.picture.sight
            await _until(lambda: all(view.sight is Sight.LIVE for view in sight.values()), 60)
            zhuzhou = next(code for code in sight if code == "zhuzhou")
            cut = time.monotonic()
            await rig.brokers[zhuzhou].kill()
            await _until(lambda: sight[zhuzhou].sight is Sight.OFFLINE, 10)
            assert time.monotonic() - cut < 10
            assert {code for code, view in sight.items() if view.sight is Sight.LIVE} == {
                "changsha",
                "xiangtan",
            }
            before = sight[zhuzhou].messages
            await rig.brokers[zhuzhou].start()
            await _until(lambda: sight[zhuzhou].sight is Sight.LIVE, 60)
            assert sight[zhuzhou].messages > before
            _write_picture(session, folder)
    assert rig.simulated.said["synthetic"] is True, rig.simulated


async def _until(true: Callable[[], bool], within_s: float) -> None:
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.02)


@pytest.mark.slow
def test_a_leader_stops_the_drill_hurries_it_and_lets_things_happen_for_every_console(tmp_path: Path) -> None:
    asyncio.run(_lead(tmp_path))


async def _lead(folder: Path) -> None:
    configuration = load()
    settings = configuration.settings.model_copy(update={"broker": "nats", "data_dir": folder / "data"})
    configuration = configuration.model_copy(update={"settings": settings})
    async with open_rig(configuration, plan_drill(configuration, "quiet-shift"), folder) as rig:
        assert rig.door is not None
        clock, door = running_drill_clock(configuration), running_drill_door(configuration)
        assert clock is not None
        assert door == rig.door
        seen = next((folder / "data" / "running").glob("*.json"))
        assert seen.stat().st_mode & 0o077 == 0
        async with open_session(
            configuration, over_mqtt(rig.endpoints, clock), clock, folder, drill=True, reins=Reins(door)
        ) as session:
            picture, leading = session.picture, session.desk.steering
            await _until(lambda: all(view.sight is Sight.LIVE for view in picture.sight.values()), 60)
            await _positioned(session)
            # time stands, for this clock and for the rig's; nobody grows old
            assert (await leading.pause()).ok
            await _until(lambda: clock.standing and rig.clock.standing, 10)
            stood = clock.now()
            await asyncio.sleep(2.5)
            assert clock.now() == rig.clock.now() == stood
            assert all(view.sight is Sight.LIVE for view in picture.sight.values())
            await leading.refresh()
            assert leading.course is not None
            assert leading.course.paused
            # and goes on faster, in the simulated cities too
            assert (await leading.run_at(10)).ok
            before = int(picture.fleet.fixed_ms.max())
            await _until(lambda: int(picture.fleet.fixed_ms.max()) > before + 20_000, 60)
            assert (await leading.run_at(1)).ok
            # a bridge, a fleet, a link
            await leading.inject({"kind": "bridge_closed", "bridge": "CS-R-HOUZISHI", "for_min": 90})
            await _until(lambda: [one.id for one in picture.bridges if one.closed] == ["CS-R-HOUZISHI"], 30)
            half = {"kind": "units_out", "city": "zhuzhou", "share": 1, "for_min": 90, "reason": "演练"}
            await leading.inject(half)
            fleet = picture.fleet
            zhuzhou = [fleet.row(unit.id) for unit in fleet.units if unit.city == "zhuzhou"]
            out = int(UnitState.OUT_OF_SERVICE)
            await _until(lambda: int((fleet.state[zhuzhou] == out).sum()) > len(zhuzhou) / 2, 60)
            await leading.inject({"kind": "link_lost", "city": "xiangtan", "for_min": 0.5})
            xiangtan = next(code for code in picture.sight if code == "xiangtan")
            await _until(lambda: picture.sight[xiangtan].sight is Sight.OFFLINE, 30)
            await _until(lambda: picture.sight[xiangtan].sight is Sight.LIVE, 90)
            with pytest.raises(DispatchError):
                await leading.inject({"kind": "bridge_closed", "bridge": "none", "for_min": 1})
            await leading.refresh()
            did = {one.event.kind: one.did for one in leading.course.events if one.happened_s is not None}
            assert did["units_out"]["units"] > len(zhuzhou) / 2  # type: ignore[operator]
    log = [(row.action, row.role) for row in rows(folder / "audit.db", Filter(action="drill"))]
    acts = ["pause", "speed", "speed", "inject", "inject", "inject", "inject"]
    assert [(f"drill.{act}", "drill_leader") for act in acts] == [
        one for one in log if one[0] != "drill.told"
    ]
    assert log.count(("drill.told", "drill_leader")) == len(acts)
    assert verify(folder / "audit.db").ok


async def _positioned(session: Session) -> None:
    await _until(lambda: bool((session.picture.fleet.fixed_ms > 0).any()), 60)


@pytest.mark.slow
def test_an_interrupted_headless_drill_still_writes_its_summary_and_leaves_no_process(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "dispatch", "drill", "--headless", "--minutes", "30", "--out", str(out)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert child.stderr is not None
        for line in child.stderr:
            if "216" in line:
                break
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=30)
    finally:
        child.kill()
        child.wait()
    assert child.returncode == 0
    assert json.loads((out / "summary.json").read_text("utf-8"))["audit"]["verified"] is True
    assert not _processes_naming(out)


@pytest.mark.slow
def test_a_console_whose_terminal_is_closed_ends_with_its_last_row_and_its_summary(tmp_path: Path) -> None:
    out = tmp_path / "out"
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    command = [sys.executable, "-m", "dispatch", "drill", "--out", str(out)]
    environment = {**os.environ, "TERM": "xterm-256color"}
    child = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment)
    os.close(terminal)
    reading = threading.Thread(target=_drain, args=(screen,), daemon=True)
    reading.start()
    try:
        deadline = time.monotonic() + 30
        while not _says(out / "audit.db", "stock.changed") and time.monotonic() < deadline:
            time.sleep(0.2)
        child.send_signal(signal.SIGHUP)
        child.wait(timeout=30)
    finally:
        child.kill()
        child.wait()
        os.close(screen)
    assert _says(out / "audit.db", "drill.ended")
    assert _says(out / "audit.db", "session.end")
    assert json.loads((out / "summary.json").read_text("utf-8"))["audit"]["verified"] is True
    assert not _processes_naming(out)


def _drain(screen: int) -> None:
    """Read what the console draws, as a terminal does, until it is closed."""
    try:
        while os.read(screen, 65_536):
            pass
    except OSError:
        return


def _says(log: Path, action: str) -> bool:
    try:
        return any(True for _row in rows(log, Filter(action=action)))
    except (FileNotFoundError, AuditUnavailable):
        return False


@pytest.mark.slow
def test_a_broker_that_died_by_itself_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dispatch.rig.rig.RESTART_AFTER_S", 1.0)
    asyncio.run(_kill_a_broker(tmp_path))


@pytest.mark.slow
def test_a_centre_that_died_by_itself_is_started_again_on_its_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dispatch.rig.rig.RESTART_AFTER_S", 1.0)
    asyncio.run(_kill_a_centre(tmp_path))


async def _kill_a_centre(folder: Path) -> None:
    configuration = load()
    home = configuration.settings.home_city
    async with open_rig(configuration, plan_drill(configuration, "quiet-shift"), folder) as rig:
        connect = over_mqtt(rig.endpoints, rig.clock)
        async with open_session(configuration, connect, rig.clock, folder, drill=True) as session:
            view, centre = session.picture.sight[home], rig.centres[home]
            await _until(lambda: view.sight is Sight.LIVE and "centre" in view.nodes, 60)
            first = centre.pid
            assert first is not None
            os.kill(first, signal.SIGKILL)
            await _until(lambda: view.sight is Sight.OFFLINE, 15)
            await _until(lambda: view.sight is Sight.LIVE, 60)
            assert centre.pid not in (None, first)
            assert rig.outages[-1]["centre"] == home
    assert centre.starts == 2
    assert centre.pid is None, "no process is left"


async def _kill_a_broker(folder: Path) -> None:
    configuration = load()
    plan = plan_drill(configuration, "quiet-shift")
    async with open_rig(configuration, plan, folder) as rig:
        broker = rig.brokers[configuration.settings.home_city]
        first = broker.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await _until(lambda: bool(rig.outages), 15)
        assert rig.outages[-1]["city"] == configuration.settings.home_city
        assert broker.pid not in (None, first)


def _processes_naming(folder: Path) -> list[str]:
    """Command lines of living processes that mention a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if str(folder) in line and entry.parent.name != str(os.getpid()):
            found.append(line)
    return found


def test_an_unknown_drill_is_refused_with_the_names_there_are() -> None:
    ran = _czt("drill", "no-such-drill", "--headless")
    assert ran.returncode == 2
    assert "quiet-shift" in ran.stderr
    assert "Traceback" not in ran.stderr
