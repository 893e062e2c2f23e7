"""Every kind of program x every topic x reading and writing, tried at a real mosquitto over TLS.

What is expected stands here in words of its own (regular expressions over topics), written from the
contract and not from the lists that the program makes.
"""

import asyncio
import contextlib
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from dispatch.domain.geography import CityCode
from dispatch.feed.mqtt import MqttTransport
from dispatch.feed.transport import TlsFiles, Transport, TransportLost
from tests.feed.secured import CITIES, CLOCK, OBSERVER, Secured, installed

pytestmark = [
    pytest.mark.mosquitto,
    pytest.mark.slow,
    pytest.mark.skipif(not installed(), reason="mosquitto is not installed: access lists were not tried"),
]

UNITS = {"changsha": ("CS-001", "CS-002"), "zhuzhou": ("ZZ-001", "ZZ-002"), "xiangtan": ("XT-001", "XT-002")}
BANKS = {
    "changsha": ("CS-B-CENTRE", "CS-B-OTHER"),
    "zhuzhou": ("ZZ-B-CENTRE", "ZZ-B-OTHER"),
    "xiangtan": ("XT-B-CENTRE", "XT-B-OTHER"),
}
NAMES = ("centre", "console-1", "claims", "bridge", "hospitals")
KINDS = ("claims.say", "order.request", "incident.open", "snapshot.request")

# H: the program's own city; B: the city of the broker; N: its name; S: its unit or bank
WRITES_AT_HOME = {
    "centre": [
        "H/ems/unit/[^/]+/(status|order|heard)", "H/ems/incident/[^/]+(/timeline)?", "H/rsp/.*",
        "H/snapshot/(units|aids|alarms|blood_orders)", "H/cmd/H/snapshot.request", "H/evt/.*", "H/audit/.*",
        "H/cmd/[^/]+/claims.say",
    ],
    "console": ["H/cmd/[^/]+/[^/]+", "H/node/N/desk"],
    "unit": ["H/ems/unit/S/(position|report|state)"],
    "bank": ["H/blood/bank/S/(stock|change|days)"],
    "hospitals": ["H/snapshot/(hospitals|crossings)"],
    "claims": ["H/cmd/H/claims.say"],
    "bridge": [],
    "sim": [
        "H/ems/unit/[^/]+/(position|report|state)", "H/blood/.*", "H/snapshot/(hospitals|crossings)",
        "H/cmd/H/.*",
        "H/rsp/[^/]+/[^/]+",
    ],
}  # fmt: skip
WRITES_ABROAD = {
    "centre": ["H/cmd/B/claims.say", "H/audit/.*"],
    "console": ["H/cmd/B/[^/]+"],
    "claims": ["H/cmd/B/claims.say"],
    "bridge": ["H/(ems|blood|snapshot|evt|audit|bridged)/.*", "H/(cmd|rsp)/B/.*"],
    "sim": ["H/cmd/B/.*"],
}
READS_AT_HOME = {
    "centre": [
        "[^/]+/cmd/H/.*", "H/ems/unit/[^/]+/(report|state|position)", "H/blood/bank/[^/]+/(stock|change)",
        "[^/]+/audit/.*", "[^/]+/ems/unit/[^/]+/status", "[^/]+/snapshot/aids", "[^/]+/rsp/H/centre",
    ],
    "console": ["H/.*", "[^/]+/(ems|blood|snapshot|evt|audit|bridged)/.*", "[^/]+/rsp/H/N(/.*)?"],
    "unit": ["H/ems/unit/S/(order|heard)"],
    "bank": ["[^/]+/cmd/H/snapshot.request"],
    "hospitals": ["[^/]+/cmd/H/snapshot.request"],
    "claims": ["H/rsp/H/claims"],
    "bridge": ["H/(ems|blood|snapshot|evt|audit|cmd|rsp|node)/.*"],
    "sim": [
        "H/rsp/H/N(/.*)?", "[^/]+/cmd/H/.*", "H/ems/unit/[^/]+/(order|heard|status)", "H/ems/incident/[^/]+",
        "H/snapshot/(aids|blood_orders)",
    ],
}  # fmt: skip
READS_ABROAD = {
    "centre": ["B/ems/unit/[^/]+/status", "B/snapshot/aids", "B/rsp/H/centre", "[^/]+/audit/.*"],
    "console": ["B/.*"],
    "claims": ["B/rsp/H/claims"],
    "bridge": [],
    "sim": ["B/rsp/H/N(/.*)?"],
}
SAYS_ITS_STATE = {"centre", "console", "unit", "bank", "hospitals", "claims", "sim"}


def programs() -> list[tuple[str, CityCode, str, str]]:
    """(kind, city, name, subject) of one program of each kind in each city."""
    found = []
    for city in CITIES:
        unit, bank = UNITS[city][0], BANKS[city][0]
        found += [(name, city, name, "") for name in ("centre", "claims", "bridge", "hospitals")]
        found += [("console", city, "console-1", ""), ("unit", city, f"unit-{unit}", unit)]
        found += [("bank", city, f"bank-{bank}".lower(), bank), ("sim", city, f"sim-{city}", "")]
    return [*found, ("tracker", CITIES[0], "tracker-crew-phone", "crew/phone")]


def topics() -> Iterator[str]:
    """Every topic of the contract, of every city, with own and others' subjects; and some of nobody's."""
    for city in CITIES:
        root = f"czt/v1/{city}"
        for unit in UNITS[city]:
            ways = ("position", "status", "order", "report", "state", "heard")
            yield from (f"{root}/ems/unit/{unit}/{way}" for way in ways)
        for bank in BANKS[city]:
            yield from (f"{root}/blood/bank/{bank}/{way}" for way in ("stock", "change", "days"))
        yield from (f"{root}/ems/incident/{city}-1", f"{root}/ems/incident/{city}-1/timeline")
        kinds = ("units", "hospitals", "crossings", "aids", "alarms", "blood_orders")
        yield from (f"{root}/snapshot/{kind}" for kind in kinds)
        for other in CITIES:
            yield from (f"{root}/cmd/{other}/{kind}" for kind in KINDS)
            for name in (*NAMES, f"sim-{other}"):
                yield from (f"{root}/rsp/{other}/{name}", f"{root}/rsp/{other}/{name}/order")
        own = (f"unit-{UNITS[city][0]}", f"bank-{BANKS[city][0]}".lower(), f"sim-{city}")
        yield from (f"{root}/node/{name}/state" for name in (*NAMES, *own, "stranger"))
        yield from (f"{root}/node/{name}/desk" for name in ("console-1", "console-2"))
        yield from (f"{root}/bridged/node/{name}/state" for name in ("centre", "stranger"))
        yield from (f"{root}/evt/decisions", f"{root}/audit/checkpoint")
        yield from (f"{root}/audit/cosignature/{other}" for other in CITIES)
    yield from (
        "owntracks/crew/phone",
        "owntracks/crew/other",
        "outside/of/the/contract",
        "czt/v2/changsha/x",
    )


def expected(kind: str, home: str, name: str, subject: str, broker: str, topic: str, *, write: bool) -> bool:
    """Whether it may, by the tables above."""
    if kind == "tracker":
        return write and broker == home and topic == f"owntracks/{subject}"
    if kind == "console" and not write and topic.startswith("owntracks/"):
        return True
    at_home, abroad = (WRITES_AT_HOME, WRITES_ABROAD) if write else (READS_AT_HOME, READS_ABROAD)
    patterns = at_home[kind] if broker == home else abroad.get(kind)
    if patterns is None:
        return False
    if kind in SAYS_ITS_STATE:
        patterns = [*patterns, "H/node/N/state"]
    said = {"H": home, "B": broker, "N": re.escape(name), "S": re.escape(subject)}
    filled = [re.sub(r"\b[HBNS]\b", lambda found: said[found[0]], pattern) for pattern in patterns]
    return any(re.fullmatch(f"czt/v1/{pattern}", topic) for pattern in filled)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Secured:
    secured = Secured(tmp_path_factory.mktemp("secured") / "drill")
    secured.make()
    return secured


@pytest.fixture(params=CITIES)
async def broker(request: pytest.FixtureRequest, made: Secured) -> AsyncIterator[tuple[Secured, CityCode]]:
    """One broker alone: nobody forwards to it."""
    city: CityCode = request.param
    await made.start_one(city)
    try:
        yield made, city
    finally:
        await made.stop_one(city)


async def test_every_program_writes_what_it_needs_and_nothing_else(broker: tuple[Secured, CityCode]) -> None:
    secured, city = broker
    wrong = await wrong_writes(
        secured.transport(city, OBSERVER), partial(secured.transport, city), programs(), city
    )
    assert not wrong, "\n".join(wrong)


async def wrong_writes(
    watching: Transport,
    way: Callable[[str], Transport],
    let_in: Sequence[tuple[str, CityCode, str, str]],
    city: CityCode,
) -> list[str]:
    """Every program writes to every topic at one broker: what arrived and should not, or did not."""
    every = list(topics())
    arrived: dict[str, set[str]] = defaultdict(set)
    async with watching.session(None) as observer:
        await observer.subscribe(["#"])
        for _kind, home, name, _subject in let_in:
            user = f"{home}-{name}"
            async with way(user).session(None) as session:
                for start in range(0, len(every), 100):
                    some = every[start : start + 100]
                    await asyncio.gather(*(session.publish(one, user.encode(), qos=1) for one in some))
        await observer.publish("outside/end", b"end", qos=1)
        async with asyncio.timeout(20):
            async for batch in observer.batches():
                for message in batch:
                    arrived[message.payload.decode()].add(message.topic)
                if arrived["end"]:
                    break
    assert arrived["end"]
    return [
        f"{home}-{name} at {city}: {topic}, arrived: {topic in arrived[f'{home}-{name}']}"
        for kind, home, name, subject in let_in
        for topic in every
        if (topic in arrived[f"{home}-{name}"])
        is not expected(kind, home, name, subject, city, topic, write=True)
    ]


async def test_every_program_reads_what_it_needs_and_nothing_else(broker: tuple[Secured, CityCode]) -> None:
    secured, city = broker
    every = list(topics())
    wrong = []
    async with secured.transport(city, OBSERVER).session(None) as observer:
        for topic in every:
            await observer.publish(topic, b"kept", qos=1, retain=True)
        for kind, home, name, subject in programs():
            heard = await _heard(secured, city, f"{home}-{name}")
            wrong += [
                f"{home}-{name} at {city}: {topic} {'was heard' if topic in heard else 'was not heard'}"
                for topic in every
                if (topic in heard) is not expected(kind, home, name, subject, city, topic, write=False)
            ]
            assert not [topic for topic in heard if topic.startswith("$SYS")]
        for topic in every:
            await observer.publish(topic, b"", qos=1, retain=True)
    assert not wrong, "\n".join(wrong)


async def _heard(secured: Secured, city: CityCode, user: str) -> set[str]:
    """What a program that asks for everything is given of what the broker holds.

    A broker sends what it holds in answer to a subscription before it answers the next one, so that the
    answer to a second subscription says that there is no more.
    """
    heard: set[str] = set()
    async with secured.transport(city, user).session(None) as session:
        await session.subscribe(["#"])
        await session.subscribe(["$SYS/#"])
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.15):
                async for batch in session.batches():
                    heard |= {message.topic for message in batch}
    return heard


async def test_a_program_without_a_block_or_with_a_revoked_certificate_gets_nowhere(
    broker: tuple[Secured, CityCode],
) -> None:
    secured, city = broker
    stranger = next(one for one in CITIES if one != city)
    async with secured.transport(city, f"{stranger}-unit-{UNITS[stranger][0]}").session(None) as session:
        await session.publish(f"czt/v1/{stranger}/ems/unit/{UNITS[stranger][0]}/report", b"x", qos=1)
    secured.czt("keys", "pki", "--out", str(secured.pki), "--drill")  # whatever is missing is there
    name = f"{city}-claims"
    held = secured.endpoint(city, name).tls
    assert held is not None
    assert held.cert is not None
    assert held.key is not None
    certificate, key = held.cert.read_bytes(), held.key.read_bytes()
    secured.czt("keys", "pki", "--out", str(secured.pki), "--drill", "--revoke", name)
    held.cert.write_bytes(certificate)
    held.key.write_bytes(key)
    await secured.stop_one(city)
    secured.configure(city)
    await secured.start_one(city)
    with pytest.raises(TransportLost):
        async with secured.transport(city, name).session(None) as session:
            await session.subscribe(["#"])
    async with secured.transport(city, f"{city}-centre").session(None) as session:
        await session.subscribe([f"czt/v1/{city}/node/centre/state"])


async def test_nobody_connects_without_a_certificate_or_with_one_of_another_authority(
    made: Secured, tmp_path: Path
) -> None:
    secured, city = made, CITIES[1]
    await secured.start_one(city)
    try:
        await _refused(secured, city, tmp_path)
    finally:
        await secured.stop_one(city)


async def _refused(secured: Secured, city: CityCode, tmp_path: Path) -> None:
    good = secured.endpoint(city, f"{city}-centre")
    assert good.tls is not None
    secured.czt("keys", "pki", "--out", str(tmp_path / "other"), "--city", city)
    foreign = tmp_path / "other" / city
    without = replace(good, tls=TlsFiles(good.tls.ca))
    forged = replace(good, tls=TlsFiles(good.tls.ca, foreign / "centre.pem", foreign / "centre.key"))
    plain = replace(good, tls=None)
    for endpoint in (without, forged, plain):
        with pytest.raises(TransportLost):
            async with MqttTransport(endpoint, "x", CLOCK).session(None) as session:
                await session.subscribe(["#"])
    impostor = replace(good, tls=TlsFiles(tmp_path / "other" / "ca.pem", good.tls.cert, good.tls.key))
    with pytest.raises(TransportLost):
        async with MqttTransport(impostor, "x", CLOCK).session(None) as session:
            await session.subscribe(["#"])


async def test_many_small_messages_over_tls_come_in_few_batches(made: Secured) -> None:
    """A broker puts each message into a TLS record of its own: reading one record a turn falls behind."""
    city, count = CITIES[0], 2_000
    await made.start_one(city)
    try:
        async with (
            made.transport(city, OBSERVER).session(None) as taker,
            made.transport(city, f"{city}-sim-{city}").session(None) as giver,
        ):
            await taker.subscribe([f"czt/v1/{city}/ems/#"])
            units = [f"czt/v1/{city}/ems/unit/CS-{number:04}/position" for number in range(count)]
            heard, batches, coming = 0, 0, taker.batches()
            for start in range(0, count, 250):  # what a slow taker leaves lying a broker may drop: QoS 0
                await asyncio.gather(*(giver.publish(one, b"x" * 200) for one in units[start : start + 250]))
                async with asyncio.timeout(30):
                    while heard < start + 250:
                        batch = await anext(coming)
                        heard, batches = heard + len(batch), batches + 1
            assert batches <= heard / 8
    finally:
        await made.stop_one(city)
