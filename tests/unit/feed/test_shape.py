"""Every fault of a message's shape: never more and never less than what the intake's decoder refuses."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect

from dispatch.feed import payloads
from dispatch.feed.payloads import PAYLOADS
from dispatch.feed.refusals import UNREADABLE
from dispatch.feed.shape import faults_of, read_json
from dispatch.language import LANGUAGES
from dispatch.language import catalogue as catalogue_of
from tests.unit.feed.feed_world import CHANGSHA, World

KINDS = {kind: inspect.type_info(payloads.Envelope[model]) for kind, model in PAYLOADS.items()}  # type: ignore[valid-type]
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**54) | st.sampled_from([1.0, 2.5, -0.0, 1e30])
    | st.sampled_from(["", "CS-001", "wgs84", "O+", "x" * 500, "行", "a\n"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["unit", "lat", "a b"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def position() -> dict[str, Any]:
    return World().envelope(
        "czt/v1/changsha/ems/unit/CS-001/position",
        "unit.position",
        payloads.UnitPosition("CS-001", 28.2, 112.9, "wgs84", speed_kmh=40.0),
    )


def paths(kind: str, value: object) -> list[str]:
    return [fault.path for fault in faults_of(value, KINDS[kind])]


def decodes(kind: str, value: object) -> bool:
    try:
        payloads.decode(kind, json.dumps(value).encode())
    except UNREADABLE:
        return False
    return True


def places(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place inside a document."""
    found = [at] if at else []
    if isinstance(value, dict):
        for name, one in value.items():
            found += places(one, (*at, name))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            found += places(one, (*at, number))
    return found


SAMPLES: dict[str, Any] = {
    "unit.position": position()["data"],
    "unit.status": {"unit": "CS-001", "state": 4, "since": 5, "source": "terminal", "instead": [
        {"incident": "CS-1", "other": "CS-2", "called_at": 4}]},
    "bank.stock": {"bank": "CS-B-CENTRE", "stock_seq": 1, "counted_at": 5, "lots": [
        {"lot": "L1", "component": "red_cells", "group": "O+", "quantity": 3, "expires_at": 9}]},
    "node.state": {"state": "online", "kind": "console"},
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_the_samples_are_good_messages(kind: str) -> None:
    said = {**position(), "type": kind, "data": SAMPLES[kind]}
    assert paths(kind, said) == []
    assert decodes(kind, said)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_message_has_a_fault_exactly_when_the_intake_cannot_read_it(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(SAMPLES)))
    said: Any = json.loads(json.dumps({**position(), "type": kind, "data": SAMPLES[kind]}))
    for _ in range(data.draw(st.integers(0, 2))):
        *way, last = data.draw(st.sampled_from(places(said)))
        holder = said
        try:
            for step in way:
                holder = holder[step]
            if data.draw(st.booleans()):
                holder[last] = data.draw(values)
            elif isinstance(holder, dict):
                del holder[last]
        except (KeyError, IndexError, TypeError):
            continue  # the first change took the second one's place away
    assert bool(paths(kind, said)) is not decodes(kind, said), (paths(kind, said), said)


def test_all_faults_are_told_each_with_its_field_and_what_is_allowed() -> None:
    said = position()
    said["data"] |= {"lat": 91, "lon": "112.9", "datum": "gps", "speed": 3}
    del said["seq"]
    del said["data"]["unit"]
    found = {fault.path: fault for fault in faults_of(said, KINDS["unit.position"])}
    assert set(found) == {"seq", "data.unit", "data.lat", "data.lon", "data.datum", "data.speed"}
    assert found["data.lat"].text("en") == "data.lat: is 91; it must be a number from -90 to 90"
    assert found["data.datum"].allowed("en") == "one of: bd09, gcj02, wgs84"
    assert "did you mean speed_kmh" in found["data.speed"].text("en")
    assert found["seq"].text("zh_CN").startswith("seq：缺少")


def test_a_whole_number_is_written_without_a_point() -> None:
    said = position()
    said["seq"] = 1.0
    assert paths("unit.position", said) == ["seq"]
    assert not decodes("unit.position", said)


def test_a_place_in_a_list_is_counted_from_nought_as_in_the_programs_of_integrators() -> None:
    said = {**position(), "type": "bank.stock", "data": {**SAMPLES["bank.stock"]}}
    said["data"]["lots"] = [SAMPLES["bank.stock"]["lots"][0], {"lot": "L2"}]
    assert "data.lots[1].component" in paths("bank.stock", said)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"a":1,}', "line 1, column"),
        (b'{"a":\n1 "b":2}', "line 2, column 3: a comma is missing"),
        (b"", "a value is missing"),
        (b"{} {}", "after the end"),
        (b'{"a":"\x01"}', "control character"),
        (b'{"a":"\xff"}', "byte 7"),
        (b"[" * 100_000, "nested"),
        (b'{"a":1,"a":2}', "a: stands twice"),
    ],
    ids=range(8),
)
def test_what_is_no_json_is_said_with_its_place_in_both_languages(raw: bytes, said: str) -> None:
    _value, faults = read_json(raw)
    assert said in faults[0].text("en")
    assert faults[0].text("zh_CN") != faults[0].text("en")


def test_nan_is_no_number() -> None:
    value, _faults = read_json(
        json.dumps({**position(), "data": {"unit": "CS-001", "lat": float("nan")}}).encode()
    )
    assert "data.lat" in paths("unit.position", value)


@pytest.mark.parametrize("kind", sorted(PAYLOADS))
def test_every_field_of_the_contract_can_be_described_in_both_languages(kind: str) -> None:
    for fault in faults_of({"data": {}}, KINDS[kind]):
        english, chinese = (fault.text(language) for language in reversed(LANGUAGES))
        assert english.startswith(fault.path)
        assert chinese != english
    assert catalogue_of("zh_CN")


def test_the_decoder_agrees_on_a_real_message() -> None:
    raw = msgspec.json.encode(position())
    assert paths("unit.position", json.loads(raw)) == []
    assert payloads.decode("unit.position", raw).src.city == CHANGSHA
