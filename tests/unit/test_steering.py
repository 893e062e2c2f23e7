"""A drill is led over a door of this machine: checked, done, told; nothing without the token."""

import asyncio
import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dispatch.clock import DrillClock
from dispatch.domain.drills import Course, Event, Happening, read_event
from dispatch.domain.errors import DispatchError
from dispatch.rig.steering import Cities, Door, Reins, Steering, steered
from simulators.scenarios import Known
from tests.unit.simulators.simulated_world import configuration, scenario

LINK = {"kind": "link_lost", "city": "zhuzhou", "for_min": 5}


class Drill:
    """A drill without its cities: remembers what would happen in them."""

    def __init__(self, folder: Path) -> None:
        self.clock = DrillClock(
            datetime(2026, 3, 2, tzinfo=UTC), datetime.now(UTC), 1.0, folder / "pace.json"
        )
        self.injected: list[tuple[str, Event]] = []
        self.noted: list[str] = []
        self.gone = False
        cities = Cities(self._inject, self._end)
        self.steering = Steering(scenario(), self.clock, Known(configuration()), cities)
        self.steering.on_steered = lambda act, said: self.noted.append(f"{act} {said.get('by')}")

    async def _inject(self, key: str, event: Event) -> bool:
        if self.gone:
            return False
        self.injected.append((key, event))
        self.steering.happened(key, {"units": 3})
        return True

    async def _end(self, key: str) -> bool:
        if self.gone:
            return False
        self.steering.ended(key, {"back": 2})
        return True


@pytest.fixture
def drill(tmp_path: Path) -> Drill:
    return Drill(tmp_path)


async def test_what_is_let_happen_stands_in_the_course_with_what_it_came_to(
    drill: Drill,
) -> None:
    async with steered(drill.steering) as door:
        answer = await Reins(door).ask("inject", "chen.jing", event=LINK)
        course = Course.model_validate_json(json.dumps((await Reins(door).ask("look"))["course"]))
    assert [key for key, _event in drill.injected] == ["L1"] == [answer["key"]]
    (one,) = course.events
    assert (one.by, one.planned, one.did, one.event.kind) == ("chen.jing", False, {"units": 3}, "link_lost")
    assert one.under_way(course.elapsed_s)
    assert drill.noted == ["inject chen.jing"]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"kind": "nothing"}, "nothing"),
        ({**LINK, "city": "beijing"}, "beijing"),
        ({**LINK, "for_min": -1}, "for_min"),
        ({**LINK, "bridge": "x"}, "bridge"),
        ({"kind": "bridge_closed", "bridge": "CS-R-NONE", "for_min": 3}, "CS-R-NONE"),
        ("no table", "kind"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_its_field_and_nothing_happens(
    drill: Drill, event: object, words: str
) -> None:
    async with steered(drill.steering) as door:
        with pytest.raises(DispatchError) as why:
            await Reins(door).ask("inject", event=event)
    assert words in str(why.value) or words == "kind"
    assert (drill.injected, drill.noted) == ([], [])


async def test_a_link_that_is_lost_already_is_not_lost_again(drill: Drill) -> None:
    async with steered(drill.steering) as door:
        await Reins(door).ask("inject", event=LINK)
        with pytest.raises(DispatchError):
            await Reins(door).ask("inject", event=LINK)
    assert len(drill.injected) == 1


async def test_an_event_is_ended_before_its_time_once_and_what_is_over_is_not(drill: Drill) -> None:
    async with steered(drill.steering) as door:
        reins = Reins(door)
        await reins.ask("inject", event=LINK)
        assert await reins.ask("end", "chen.jing", key="L1") == {"ok": True, "key": "L1", "called_off": False}
        (one,) = drill.steering.happenings
        assert not one.under_way(drill.steering.elapsed_s + 0.001)
        assert one.did == {"units": 3, "back": 2}
        blood = {"kind": "blood_shortage", "city": "zhuzhou", "component": "red_cells", "leave": 0.1}
        await reins.ask("inject", event=blood)
        for key, words in (("L1", "L1"), ("L2", "L2"), ("L9", "L1, L2"), ("", "L1, L2")):
            with pytest.raises(DispatchError) as why:
                await reins.ask("end", key=key)
            assert words in str(why.value)
    assert drill.noted == ["inject ", "end chen.jing", "inject "]


async def test_an_event_that_is_to_come_is_called_off(drill: Drill) -> None:
    drill.steering.happenings.append(
        Happening(key="S1", event=read_event({**LINK, "at_min": 90}), planned=True)
    )
    async with steered(drill.steering) as door:
        assert (await Reins(door).ask("end", key="S1"))["called_off"]
    (one,) = drill.steering.happenings
    assert one.called_off
    assert not one.under_way(drill.steering.elapsed_s)


async def test_the_pace_is_written_for_every_program(drill: Drill) -> None:
    async with steered(drill.steering) as door:
        assert (await Reins(door).ask("speed", speed=8))["speed"] == 8
        assert (await Reins(door).ask("pause"))["paused"]
        assert not (await Reins(door).ask("resume"))["paused"]
        for wrong in (0, -1, 61, "fast", None):
            with pytest.raises(DispatchError):
                await Reins(door).ask("speed", speed=wrong)
    assert {one.speed for one in drill.clock.stretches} <= {1.0, 8.0, 0.0}
    assert drill.noted == ["speed ", "pause ", "resume "]


async def test_nobody_steers_without_the_token_and_noise_does_no_harm(drill: Drill) -> None:
    async with steered(drill.steering) as door:
        for token in ("", "x", door.token[:-1]):
            with pytest.raises(DispatchError):
                await Reins(Door(door.port, token)).ask("pause")
        for noise in (b"\n", b"[]\n", b"{\n", b"\xff\xfe\n", b"x" * 200_000):
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            writer.write(noise)
            with contextlib.suppress(ConnectionError):  # noise is not read to its end
                writer.write_eof()
                await reader.read()
            writer.close()
        assert (await Reins(door).ask("look"))["ok"]
    assert not drill.clock.standing


async def test_a_drill_that_is_over_is_said_to_be(drill: Drill) -> None:
    async with steered(drill.steering) as door:
        drill.gone = True
        with pytest.raises(DispatchError):
            await Reins(door).ask("inject", event=LINK)
        assert not drill.steering.happenings
    with pytest.raises(DispatchError):
        await Reins(door).ask("look")
