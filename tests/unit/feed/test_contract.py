"""The published contract: filters that do not overlap, a document that is never stale, keys in order."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.audit.entry import uuid7
from dispatch.domain.geography import CityCode
from dispatch.feed import asyncapi, payloads, topics
from dispatch.feed.link import _with_own
from dispatch.feed.transport import matches, overlap

DOCUMENT = Path(__file__).parents[3] / "docs" / "asyncapi.json"
level = st.sampled_from(["a", "b", "", "$s"])
topic_levels = st.lists(level, min_size=1, max_size=4)
filters = st.lists(st.sampled_from(["a", "b", "+"]), min_size=0, max_size=3).flatmap(
    lambda levels: st.sampled_from(["/".join([*levels, "#"]), "/".join(levels) or "a"])
)


def test_the_document_in_docs_is_what_the_models_say() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == asyncapi.text(), "run: python -m tools.documents"


def test_every_reference_of_the_document_leads_somewhere() -> None:
    document = asyncapi.document()

    def follow(value: Any) -> None:
        if isinstance(value, dict):
            if "$ref" in value:
                found: Any = document
                for part in value["$ref"].removeprefix("#/").split("/"):
                    found = found[part]
            for inner in value.values():
                follow(inner)
        elif isinstance(value, list):
            for inner in value:
                follow(inner)

    follow(document)
    assert set(document["channels"]) == set(payloads.PAYLOADS)


def test_what_we_encode_is_valid_by_the_document_and_another_type_is_not() -> None:
    document = asyncapi.document()
    source = payloads.Source(city="changsha", node="n", epoch=1)
    fix = payloads.UnitPosition("CS-001", 28.2, 112.9, "wgs84", speed_kmh=40)
    envelope = payloads.Envelope(
        v=1, type="unit.position", src=source, seq=1, ts_evt=1, ts_pub=1, drill=True, data=fix
    )
    said = json.loads(payloads.encode(envelope))
    schema = {
        **document["components"]["messages"]["unit.position"]["payload"],
        "components": document["components"],
    }
    jsonschema.validate(said, schema)
    for wrong in ({"type": "unit.status"}, {"more": 1}, {"seq": -1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(said | wrong, schema)


def test_every_address_of_the_document_is_a_topic_the_intake_knows() -> None:
    for kind, channel in asyncapi.document()["channels"].items():
        filled = channel["address"].replace("{", "").replace("}", "")
        parsed = topics.parse(filled)
        assert parsed is not None
        assert parsed.kind == kind


@given(filters, filters, topic_levels)
def test_two_filters_that_take_one_topic_overlap(one: str, other: str, levels: list[str]) -> None:
    topic = "/".join(levels)
    if matches(one, topic) and matches(other, topic):
        assert overlap(one, other)
        assert overlap(other, one)


@pytest.mark.parametrize(
    ("one", "other", "overlapping"),
    [
        ("czt/v1/changsha/#", "czt/v1/changsha/node/x/state", True),
        ("czt/v1/changsha/#", "czt/v1/zhuzhou/#", False),
        ("czt/v1/+/cmd/changsha/#", "czt/v1/changsha/#", True),
        ("czt/v1/changsha/#", "owntracks/#", False),
        ("a/#", "a", True),
        ("a/+", "a", False),
    ],
)
def test_overlaps_as_the_broker_sees_them(one: str, other: str, overlapping: bool) -> None:
    assert overlap(one, other) is overlapping


def test_a_link_adds_its_own_topic_only_where_no_filter_takes_it() -> None:
    own = topics.node(CityCode("changsha"), "console-1")
    inside = ("czt/v1/changsha/#", "owntracks/#")
    assert _with_own(inside, own) == inside
    assert _with_own((*inside, own), own) == inside
    assert _with_own(("czt/v1/zhuzhou/#",), own) == ("czt/v1/zhuzhou/#", own)
    with pytest.raises(ValueError, match="overlap"):
        _with_own(("czt/v1/changsha/#", "czt/v1/+/cmd/changsha/#"), own)


@given(st.integers(0, 2**48 - 1))
def test_keys_are_uuids_of_version_seven_in_order_of_time(now_ms: int) -> None:
    import uuid

    key = uuid.UUID(uuid7(now_ms))
    assert (key.version, key.variant) == (7, uuid.RFC_4122)
    assert key.int >> 80 == now_ms
    assert uuid7(now_ms) != uuid7(now_ms)
