"""What a console's intake makes of a drill: it counts what was wrong on purpose, and nothing else."""

from collections import Counter

from dispatch.clock import ManualClock, epoch_ms, from_epoch_ms
from dispatch.domain.blood import BankId
from dispatch.feed import payloads, topics
from dispatch.feed.intake import Intake
from dispatch.feed.limits import IntakeLimits
from dispatch.feed.link import LinkState
from dispatch.feed.quarantine import Quarantine
from dispatch.feed.trackers import TrackerMap
from dispatch.feed.transport import Received, matches
from simulators.faults import FaultRates
from simulators.messages import Message
from simulators.world import World
from tests.unit.simulators.simulated_world import NO_FAULTS, ORIGIN, configuration, scenario, world


class Wire:
    """Carries messages to an intake as a broker would, envelopes and sequence numbers included."""

    def __init__(self) -> None:
        self.clock = ManualClock(ORIGIN)
        self.picture = configuration().new_picture()
        self.quarantine = Quarantine()
        self.asked: list[tuple[str, str]] = []
        self._sequences: Counter[str] = Counter()
        self.intake = Intake(
            self.picture,
            clock=self.clock,
            limits=IntakeLimits(),
            quarantine=self.quarantine,
            drill=True,
            owntracks=TrackerMap(),
            ask=lambda city, kind, _key: self.asked.append((city, kind)),
        )
        for city in configuration().cities:
            self.intake.link_changed(city.code, LinkState(up=True, since=ORIGIN))

    def live(self, living: World, seconds: int) -> None:
        for second in range(seconds):
            now = living.origin_ms + second * 1000
            self.clock.advance((from_epoch_ms(now) - self.clock.now()).total_seconds())
            for message in living.advance(now):
                if not matches(topics.everything_of(message.city), message.topic):
                    continue  # said to another city's centre: a console does not hear it
                self.intake.take(message.city, [self.carried(message, now)])

    def carried(self, message: Message, now: int) -> Received:
        self._sequences[message.topic] += 1
        source = payloads.Source(city=message.origin, node=message.node, epoch=1)
        envelope = payloads.Envelope(
            v=1, type=message.kind, src=source, seq=self._sequences[message.topic], ts_evt=message.ts_evt,
            ts_pub=now, drill=True, data=message.data, key=message.key, reply_to=message.reply_to,
            expires_at=message.expires_at,
        )  # fmt: skip
        return Received(message.topic, payloads.encode(envelope), False, now)


def injected(living: World) -> Counter[str]:
    total: Counter[str] = Counter()
    for counts in living.faults.counts.values():
        total.update({str(fault): count for fault, count in counts.items()})
    return total


def test_a_drill_without_faults_is_taken_whole_and_nothing_is_refused() -> None:
    living, wire = world(scenario(demand=3), report_every_s=1.0), Wire()
    wire.live(living, 150)
    assert sum(wire.quarantine.counts().values()) == 0
    assert wire.asked == []
    assert wire.intake.counters.duplicates == 0
    assert len(wire.picture.open_incidents()) == len(living.scenes.open_now)
    for ambulance in living.fleet:
        status = wire.picture.fleet.view(ambulance.unit.id).status
        assert status is not None
        assert status.state is ambulance.state
    for name, bank in living.banks.by_id.items():
        held = wire.picture.stock.banks[BankId(name)]
        assert {lot.id: lot.quantity for lot in held.lots.values()} == {
            lot.id: lot.quantity for lot in bank.lots.values()
        }
    assert epoch_ms(wire.clock.now()) == living.agenda.now_ms


def test_the_console_refuses_as_many_as_were_wrong_on_purpose() -> None:
    rates: FaultRates = NO_FAULTS.model_copy(
        update={"duplicate": 0.01, "future": 0.004, "out_of_order": 0.01, "late": 0.005}
    )
    living, wire = world(scenario(faults=rates), report_every_s=1.0), Wire()
    wire.live(living, 120)
    wrong = injected(living)
    counters = wire.intake.counters
    assert counters.duplicates == wrong["duplicate"] > 150
    assert wire.quarantine.counts()["future"] == wrong["future"] > 50
    behind = wrong["late"] + wrong["out_of_order"]  # a few are overtaken by nothing: the next was hit too
    assert 0.95 * behind <= counters.late <= behind
    assert behind > 200
