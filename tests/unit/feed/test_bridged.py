"""Other cities through the home broker alone: who hears what, and what is said where."""

from pathlib import Path

import pytest

from dispatch.clock import epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads
from dispatch.feed.bridged import BridgedLink, Sorter
from dispatch.feed.link import Identity, Link, LinkDown, LinkState
from dispatch.feed.memory import MemoryBroker, MemoryTransport
from dispatch.feed.payloads import SnapshotRequest
from dispatch.feed.transport import Received
from dispatch.picture.cities import Sight
from dispatch.runtime import open_session
from dispatch.settings import load
from tests.feed.feed_bench import CHANGSHA, CLOCK, ZHUZHOU, until

XIANGTAN = CityCode("xiangtan")


def came(topic: str) -> Received:
    return Received(topic, b"{}", False, 0)


def taken(batch: list[Received]) -> list[tuple[str, list[str]]]:
    heard: list[tuple[str, list[str]]] = []
    sorter = Sorter(
        CHANGSHA, (ZHUZHOU, XIANGTAN), lambda city, some: heard.append((city, [one.topic for one in some]))
    )
    sorter.take(CHANGSHA, batch)
    return heard


def test_each_city_hears_its_own_in_order() -> None:
    batch = [
        came(f"czt/v1/{city}/ems/unit/{n}/status") for n, city in enumerate((ZHUZHOU, CHANGSHA, ZHUZHOU))
    ]
    assert taken(batch) == [
        (ZHUZHOU, [batch[0].topic, batch[2].topic]),
        (CHANGSHA, [batch[1].topic]),
    ]


def test_what_programs_say_of_themselves_comes_under_the_topic_they_said_it_to() -> None:
    assert taken([came("czt/v1/zhuzhou/bridged/node/centre/state")]) == [
        (ZHUZHOU, ["czt/v1/zhuzhou/node/centre/state"])
    ]


@pytest.mark.parametrize(
    "topic",
    ["czt/v1/zhuzhou/cmd/changsha/order.request", "owntracks/crew/phone", "czt/v1/elsewhere/ems/unit/1", "x"],
)
def test_commands_to_this_city_trackers_and_junk_are_the_home_citys_to_judge(topic: str) -> None:
    assert taken([came(topic)]) == [(CHANGSHA, [topic])]


def test_every_city_goes_with_the_home_broker() -> None:
    told: list[tuple[str, bool]] = []
    sorter = Sorter(
        CHANGSHA,
        (ZHUZHOU, XIANGTAN),
        lambda *_: None,
        lambda city, state: told.append((city, state.up)),
    )
    sorter.changed(CHANGSHA, LinkState(up=False, since=CLOCK.now()))
    assert told == [(CHANGSHA, False), (XIANGTAN, False), (ZHUZHOU, False)]


async def test_a_link_through_a_bridge_is_down_when_the_home_broker_is() -> None:
    home = Link(
        city=CHANGSHA,
        transport=MemoryTransport(MemoryBroker(), "changsha-console-1", CLOCK),
        identity=Identity(CHANGSHA, "console-1", "console", drill=False),
        filters=(),
        clock=CLOCK,
        on_batch=lambda *_: None,
    )
    link = BridgedLink(ZHUZHOU, home)
    assert not link.state.up
    with pytest.raises(LinkDown):
        await link.publish("czt/v1/changsha/cmd/zhuzhou/x", "cmd.snapshot.request", SnapshotRequest("units"))


def said(city: str, node: str, seq: int, kind: str, data: payloads.Payload) -> bytes:
    """A message of a program of another city, of the life that began with epoch 5."""
    now = epoch_ms(CLOCK.now())
    source = payloads.Source(city=city, node=node, epoch=5)
    envelope = payloads.Envelope(
        v=1, type=kind, src=source, seq=seq, ts_evt=now, ts_pub=now, drill=True, data=data
    )
    return payloads.encode(envelope)


def beat(state: str, seq: int) -> bytes:
    assert state in ("online", "offline")
    data = payloads.NodeState(state=state, kind="centre", version="1")  # type: ignore[arg-type]
    return said(ZHUZHOU, "centre", seq, "node.state", data)


async def test_a_session_behind_bridges_sees_the_others_and_says_how(tmp_path: Path) -> None:
    configuration = load()
    settings = configuration.settings.model_copy(update={"other_cities": "bridge"})
    broker, met = MemoryBroker(), []

    def connect(city: str, client: str) -> MemoryTransport:
        met.append(city)
        return MemoryTransport(broker, client, CLOCK)

    configuration = configuration.model_copy(update={"settings": settings})
    async with open_session(configuration, connect, CLOCK, tmp_path, drill=True) as session:
        assert met == [CHANGSHA], "one broker, one connection"
        await until(lambda: all(link.state.up for link in session.links.values()))
        view = session.picture.sight[ZHUZHOU]
        assert view.by_bridge
        assert not session.picture.sight[CHANGSHA].by_bridge
        centre = "czt/v1/zhuzhou/bridged/node/centre/state"
        broker.publish(centre, beat("online", 1), retain=True)
        await until(lambda: view.sight is Sight.LIVE)
        assert session.picture.sight[XIANGTAN].sight is not Sight.LIVE
        old = said(ZHUZHOU, "centre", 9, "snapshot.aids", payloads.AidsSnapshot([])).replace(
            b'"epoch":5', b'"epoch":4'
        )
        broker.publish("czt/v1/zhuzhou/snapshot/aids", old)
        broker.publish(centre, beat("offline", 0), retain=True)
        await until(lambda: view.sight is Sight.OFFLINE)
        assert view.refused == 0, "what a mended bridge brings late is nobody's fault"
        assert session.intake.counters.late == 1
