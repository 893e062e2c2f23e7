"""The screen of a province: two languages, every width, and counts over real links and workers."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dispatch.clock import SystemClock
from dispatch.console.present_cells import lay_out
from dispatch.console.present_province import link_cell, province_columns, province_lines, province_rows
from dispatch.console.province_app import ProvinceApp
from dispatch.domain.geography import CityCode
from dispatch.feed.broker import EmbeddedBroker
from dispatch.feed.mqtt import over_mqtt
from dispatch.language import use
from dispatch.province.fan_in import FanIn
from dispatch.province.model import CityCount
from dispatch.settings import config_dir
from dispatch.settings.province import load_province
from tests.performance.load import Publisher, packet
from tests.unit.province.test_tally import BUSY, message

CLOCK = SystemClock()
NAMES = {one.code: one.name for one in load_province().rules.city}


class Still(FanIn):
    """Says the same at each look."""

    def __init__(self, counts: list[CityCount]) -> None:
        super().__init__(load_province().rules, [], over_mqtt({}, CLOCK), CLOCK)
        self.given = counts

    def counts(self) -> list[CityCount]:
        return self.given


def counted() -> list[CityCount]:
    """Fourteen cities: two without a broker, one lost, one without its centre."""
    found = []
    for number, city in enumerate(NAMES):
        link = "none" if number >= 12 else "down" if number == 5 else "up"
        numbers: dict[str, float] = {"available": 900 + number, "busy": 200, "silent": number, "out": 40}
        numbers |= {"incidents": 31, "waiting": 2, "critical": 4, "blood": number % 3}
        numbers |= {"oldest_s": 3.0 + 4 * number, "messages": 12_345}
        if link == "none":
            numbers = {}
        error = "the broker does not answer" if link == "down" else ""
        found.append(CityCount(city, 0, link, error, centre=number != 7, **numbers))  # type: ignore[arg-type]
    return found


@pytest.fixture(autouse=True)
def english() -> None:
    use("en")


def test_every_city_and_the_sum_of_all_stand_in_the_board() -> None:
    rows = province_rows(counted(), NAMES, dict.fromkeys(NAMES, 100.0))
    assert len(rows) == 15
    keys = [one.key for one in province_columns()]
    total = dict(zip(keys, (cell.text for cell in rows[-1].cells), strict=True))
    assert (total["link"], total["available"]) == ("11 of 14", f"{sum(900 + n for n in range(12)):,}")
    assert total["rate"] == "1,400"
    lost = dict(zip(keys, rows[5].cells, strict=True))
    assert "link lost" in lost["link"].text
    assert lost["available"].style == "offline", "what is not seen is grey"


def test_a_link_without_its_centre_and_a_city_without_a_broker_are_told_apart() -> None:
    said = [link_cell(one).text[2:] for one in counted()]
    assert {said[0], said[5], said[7], said[13]} == {"connected", "link lost", "no centre", "no broker"}


@pytest.mark.parametrize(("width", "fewest"), [(80, 7), (120, 11), (160, 13), (240, 13)])
def test_the_columns_that_matter_stay_at_every_width(width: int, fewest: int) -> None:
    columns = province_columns()
    shown = [columns[index].key for index, _width in lay_out(columns, width)]
    assert len(shown) >= fewest
    assert shown[:2] == ["city", "link"]
    assert {"available", "busy", "silent", "incidents", "blood"} <= set(shown)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("size", [(80, 24), (120, 36), (240, 67)])
async def test_the_screen_shows_all_fourteen_cities_and_says_that_it_orders_nothing(
    size: tuple[int, int], language: str
) -> None:
    use(language)
    app = ProvinceApp(Still(counted()), CLOCK)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(0.1)
        painted = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        for name in NAMES.values():
            assert name.text(language)[:4] in painted
        assert ("只读" if language == "zh_CN" else "nothing can be ordered") in painted
        await pilot.press("f12")
        await pilot.pause(0.1)
        again = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert ("长沙市" in again) is (language == "en")
    use("en")


async def test_a_tick_while_the_screen_is_taken_down_does_no_harm() -> None:
    app = ProvinceApp(Still(counted()), CLOCK)
    async with app.run_test() as pilot:
        await pilot.pause(0.1)
        await app.board.remove()
        app.frame()


def test_the_lines_of_a_pipe_say_the_same() -> None:
    lines = province_lines(counted(), NAMES)
    assert len(lines) == 14
    assert lines[0].startswith("Changsha: connected; 900 available, 200 on task")


@asynccontextmanager
async def two_cities(folder: Path) -> AsyncIterator[tuple[dict[CityCode, int], dict[CityCode, Publisher]]]:
    """Brokers of two cities and a publisher in each."""
    cities = (CityCode("hengyang"), CityCode("yueyang"))
    brokers = {city: EmbeddedBroker("auto", folder / city) for city in cities}
    try:
        ports = {city: (await broker.start()).port for city, broker in brokers.items()}
        yield ports, {city: Publisher(port, f"says-{city}") for city, port in ports.items()}
    finally:
        for broker in brokers.values():
            await broker.stop()


def write_province(folder: Path, ports: dict[CityCode, int]) -> Path:
    folder.mkdir()
    links = "".join(f'\n[links.{city}]\nhost = "127.0.0.1"\nport = {port}\n' for city, port in ports.items())
    (folder / "province.toml").write_text(
        (config_dir() / "province.toml").read_text("utf-8") + links, "utf-8"
    )
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
async def test_real_links_bring_counts_in_one_process_and_out_of_workers_that_may_die(
    workers: int, tmp_path: Path
) -> None:
    async with two_cities(tmp_path) as (ports, publishers):
        config = write_province(tmp_path / "config", ports)
        province = load_province(config)
        connect = over_mqtt(province.endpoints(), CLOCK)
        fan_in = FanIn(province.rules, list(ports), connect, CLOCK, config=config, workers=workers)
        async with fan_in.running():
            await until(lambda: linked(fan_in) == 2)
            for city, publisher in publishers.items():
                topic = f"czt/v1/{city}/ems/unit/HY-001/status"
                publisher.send(
                    packet(topic, message(topic, "unit.status", BUSY, city=city).payload, retain=True)
                )
            await until(lambda: sum(one.units for one in fan_in.counts()) == 2)
            assert sum(one.link == "none" for one in fan_in.counts()) == 12
            if workers:
                assert [len(part) for part in fan_in.parts] == [1, 1]
                os.kill(fan_in.pids[0], signal.SIGKILL)
                await until(lambda: linked(fan_in) == 1)
                await until(lambda: linked(fan_in) == 2)
                await until(lambda: sum(one.units for one in fan_in.counts()) == 2)


def linked(fan_in: FanIn) -> int:
    return sum(one.link == "up" for one in fan_in.counts())


async def until(true: object) -> None:
    assert callable(true)
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_the_command_prints_one_object_a_city(tmp_path: Path) -> None:
    async with two_cities(tmp_path) as (ports, _publishers):
        config = write_province(tmp_path / "config", ports)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "dispatch",
            "province",
            "--json",
            "--config",
            str(config),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _none = await process.communicate()
    said = json.loads(out)
    assert [one["city"] for one in said] == list(NAMES)
    assert {one["city"]: one["link"] for one in said if one["link"] != "none"} == {
        "hengyang": "up",
        "yueyang": "up",
    }
