"""`czt feed check` as it is called: files, standard input, a broker, JSON, exit codes."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from dispatch.clock import SystemClock
from dispatch.feed.broker import EmbeddedBroker
from dispatch.feed.mqtt import MqttTransport

TOPIC = "czt/v1/changsha/ems/unit/CS-012/position"


def message(seq: int = 1, at_ms: int = 1_795_000_000_000, **data: object) -> str:
    fix = {"unit": "CS-012", "lat": 28.2, "lon": 112.95, "datum": "wgs84"} | data
    source = {"city": "changsha", "node": "gw", "epoch": 1_795_000_000}
    return json.dumps({"v": 1, "type": "unit.position", "src": source, "seq": seq, "ts_evt": at_ms,
                       "ts_pub": at_ms, "drill": False, "data": fix})  # fmt: skip


def czt(*arguments: str, typed: str | None = None) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "dispatch", "--lang", "en", "feed", "check", *arguments]
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=60, check=False)


def test_a_file_of_good_lines_ends_with_nought(tmp_path: Path) -> None:
    file = tmp_path / "messages.txt"
    other = {"topic": TOPIC, "payload": json.loads(message(2, 1_795_000_001_000))}
    file.write_text(f"# a comment\n{TOPIC} {message()}\n\n{json.dumps(other)}")
    said = czt(str(file))
    assert (said.returncode, said.stderr) == (0, "")
    assert "2 good, 0 that a console refuses" in said.stdout


def test_a_fault_ends_with_one_and_both_languages_stand_in_the_json() -> None:
    said = czt("-", "--json", typed=f"{TOPIC} {message(lat=95, speed=3)}\n")
    assert said.returncode == 1
    (document,) = [json.loads(line) for line in said.stdout.splitlines()]
    assert document["good"] is False
    lat, speed = document["faults"]
    assert (lat["path"], lat["allowed"]["en"]) == ("data.lat", "a number from -90 to 90")
    assert "应为" in lat["text"]["zh_CN"]
    assert "speed_kmh" in speed["text"]["en"]


def test_one_message_alone_with_its_topic_and_the_world_it_must_be_of() -> None:
    assert czt("-", "--topic", TOPIC, typed=message()).returncode == 0
    refused = czt("-", "--topic", TOPIC, "--drill", typed=message())
    assert refused.returncode == 1
    assert "drill" in refused.stdout


@pytest.mark.parametrize(
    ("arguments", "typed", "sentence"),
    [
        ((), None, "name a file"),
        (("-", "--broker", "x"), "", "name a file"),
        (("-",), message(), "line 1: write"),
        (("/nowhere/messages",), None, "cannot read"),
        (("--broker", "127.0.0.1:1"), None, "127.0.0.1"),
        (("--broker", ":99999999"), None, "--broker"),
    ],
)
def test_what_cannot_be_read_at_all_ends_with_two(
    arguments: tuple[str, ...], typed: str | None, sentence: str
) -> None:
    said = czt(*arguments, typed=typed)
    assert said.returncode == 2
    assert sentence in said.stderr
    assert "Traceback" not in said.stderr


def test_nothing_to_judge_is_no_success() -> None:
    assert czt("-", typed="\n").returncode == 1


async def test_at_a_broker_what_is_published_is_judged_as_it_comes(tmp_path: Path) -> None:
    broker = EmbeddedBroker("auto", tmp_path)
    endpoint = await broker.start()
    try:
        async with MqttTransport(endpoint, "sender", SystemClock()).session(None) as session:
            kept = message(1, int(SystemClock().now().timestamp() * 1000), lon=200)
            await session.publish(TOPIC, kept.encode(), qos=1, retain=True)
        where = f"{endpoint.host}:{endpoint.port}"
        said = await asyncio.to_thread(czt, "--broker", where, "--seconds", "2")
    finally:
        await broker.stop()
    assert said.returncode == 1, said.stderr
    assert "data.lon: is 200" in said.stdout
    assert "0 good, 1 that a console refuses" in said.stdout
