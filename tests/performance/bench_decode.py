"""What it costs to decode and to check one message: against msgspec without rules, pydantic, and json.

Then the whole intake in this process, at 200, 2,000 and 20,000 units, and snapshots of as many: whether a
message gets dearer when a city grows.
"""

import json
import time
from collections.abc import Callable, Sequence

import msgspec
from pydantic import BaseModel, ConfigDict

from dispatch.clock import SystemClock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from dispatch.feed.intake import Intake
from dispatch.feed.link import LinkState
from dispatch.feed.quarantine import Quarantine
from dispatch.feed.transport import Received
from dispatch.settings import Configuration, load
from tests.performance.figures import Line, Say, Section, median
from tests.performance.load import LoadedCity

CITY = CityCode("changsha")
MESSAGES, ROUNDS = 20_000, 3
SIZES = (200, 2_000, 20_000)
BATCH = 500


class BareSource(msgspec.Struct):
    """As on the wire, without a rule but the type."""

    city: str
    node: str
    epoch: int


class BarePosition(msgspec.Struct):
    """As on the wire, without a rule but the type."""

    unit: str
    lat: float
    lon: float
    datum: str
    accuracy_m: float | None = None
    speed_kmh: float | None = None
    heading_deg: float | None = None


class BareEnvelope(msgspec.Struct):
    """As on the wire, without a rule but the type."""

    v: int
    type: str
    src: BareSource
    seq: int
    ts_evt: int
    ts_pub: int
    drill: bool
    data: BarePosition


class PydanticSource(BaseModel):
    """As pydantic would have it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    city: str
    node: str
    epoch: int


class PydanticPosition(BaseModel):
    """As pydantic would have it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    unit: str
    lat: float
    lon: float
    datum: str
    accuracy_m: float | None = None
    speed_kmh: float | None = None
    heading_deg: float | None = None


class PydanticEnvelope(BaseModel):
    """As pydantic would have it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    v: int
    type: str
    src: PydanticSource
    seq: int
    ts_evt: int
    ts_pub: int
    drill: bool
    data: PydanticPosition


def payload_of(packet: bytes) -> bytes:
    """The JSON of a packet of the load."""
    return packet[packet.index(b"{") :]


def microseconds(work: Callable[[bytes], object], said: Sequence[bytes]) -> float:
    """Of processor time a message: the median of rounds over all of them."""
    taken = []
    for _round in range(ROUNDS):
        begun = time.process_time()
        for one in said:
            work(one)
        taken.append((time.process_time() - begun) / len(said) * 1e6)
    return median(taken)


def measure(say: Say) -> Section:
    """The section of decoding and checking."""
    section = Section("decode", "Decoding and checking", ABOUT)
    configuration = load()
    say(f"decoding {MESSAGES:,} positions in five ways")
    said = [payload_of(one) for one in _positions(configuration, SIZES[1], MESSAGES)[1]]
    bare, plain = msgspec.json.Decoder(BareEnvelope), msgspec.json.Decoder()
    ways: dict[str, Callable[[bytes], object]] = {
        "msgspec, types alone": bare.decode,
        "msgspec, into dicts": plain.decode,
        "json.loads": json.loads,
        "pydantic strict, types alone": PydanticEnvelope.model_validate_json,
    }
    ours = microseconds(lambda raw: payloads.decode("unit.position", raw), said)
    for name, way in ways.items():
        line = Line("a position, decoded with its rules", ours, "us", name, microseconds(way, said))
        section.lines.append(line)
    least = 0.0
    for units in SIZES:
        say(f"the whole intake with {units:,} units")
        cost = _intake_us(configuration, units)
        least = least or cost
        what = f"a position through the whole intake, {units:,} units"
        section.lines.append(Line(what, cost, "us", f"{SIZES[0]:,} units", least))
    least = 0.0
    for units in SIZES:
        say(f"a snapshot of {units:,} units")
        snapshot = payload_of(_city(configuration, units).snapshot(_now_ms()))
        cost = microseconds(lambda raw: payloads.decode("snapshot.units", raw), [snapshot] * 3) / units
        least = least or cost
        what = f"a unit in a snapshot of {units:,}, decoded"
        section.lines.append(Line(what, cost, "us", f"of {SIZES[0]:,}", least))
    return section


def _now_ms() -> int:
    return epoch_ms(SystemClock().now())


def _city(configuration: Configuration, units: int) -> LoadedCity:
    return LoadedCity(configuration, CITY, units, epoch=_now_ms() - 3_600_000)


def _positions(configuration: Configuration, units: int, count: int) -> tuple[LoadedCity, list[bytes]]:
    """Fixes of all units in turn, the next second each time round; no two alike."""
    city, begin_ms = _city(configuration, units), _now_ms() - 600_000
    packets = [
        city.position(index % units, begin_ms + index // units * 1_000, index // units)
        for index in range(count)
    ]
    return city, packets


def _intake_us(configuration: Configuration, units: int) -> float:
    """Processor microseconds of one position from bytes to the picture; every one of them is applied."""
    city, packets = _positions(configuration, units, max(MESSAGES, 2 * units))
    picture, clock = configuration.new_picture(), SystemClock()
    intake = Intake(
        picture,
        clock=clock,
        limits=configuration.limits,
        quarantine=Quarantine(),
        drill=True,
        owntracks=configuration.trackers(drill=True),
        ask=lambda *_: None,
    )
    intake.link_changed(CITY, LinkState(True, clock.now(), 0, ""))
    now_ms = _now_ms()
    snapshot = Received(topics.snapshot(CITY, "units"), payload_of(city.snapshot(now_ms)), False, now_ms)
    intake.take(CITY, [snapshot])
    batches = [
        [_received(packet, now_ms) for packet in packets[at : at + BATCH]]
        for at in range(0, len(packets), BATCH)
    ]
    warm = len(batches) // 2  # each topic and unit was seen once by then
    for batch in batches[:warm]:
        intake.take(CITY, batch)
    before, begun = intake.counters.applied, time.process_time()
    for batch in batches[warm:]:
        intake.take(CITY, batch)
    spent, applied = time.process_time() - begun, intake.counters.applied - before
    if applied != sum(map(len, batches[warm:])):
        raise RuntimeError(f"{applied:,} positions were applied, not all")
    return spent / applied * 1e6


def _received(packet: bytes, now_ms: int) -> Received:
    body = packet[packet.index(b"czt/") :]
    name, _, payload = body.partition(b"{")
    return Received(name.decode(), b"{" + payload, False, now_ms)


ABOUT = f"""\
{MESSAGES:,} positions as they come over the wire, processor microseconds each, medians of {ROUNDS} rounds.
The console's own decoding holds every rule of the contract (bounds, patterns, no unknown field); beside it
stand msgspec with the types alone, msgspec into dicts, Python's json, and pydantic with the types alone.
The whole intake adds topic against payload, sender, sequence, dates, datum, jumps, and the write into the
picture."""
