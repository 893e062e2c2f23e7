"""Callers: incidents are opened until somebody hears it; some callers ring again."""

from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import IncidentId
from dispatch.feed import payloads
from simulators.assumptions import Episode, Lognormal
from simulators.commands import Commands
from simulators.engine import Agenda
from simulators.keys import Keys
from simulators.messages import Message
from simulators.world import World
from tests.unit.simulators.local_console import CHANGSHA, Console
from tests.unit.simulators.simulated_world import assumptions, scenario, world

NOON = 1_795_500_000_000


def asked_of(said: list[Message], kind: str) -> list[Message]:
    return [message for message in said if message.kind == kind]


def changes(said: list[Message], act: str) -> list[payloads.IncidentChange]:
    return [m.data for m in said if isinstance(m.data, payloads.IncidentChange) and m.data.act == act]


def talkative(**calls: object) -> World:
    """A busy world whose callers differ in one thing."""
    assumed = assumptions()
    never = Episode(share=0, minutes=Lognormal(median=1, sigma=0))
    calm: dict[str, object] = {"chase": never, "repeat": never, "cancelled": 0.0}
    assumed = assumed.model_copy(update={"calls": assumed.calls.model_copy(update=calm | calls)})
    return world(scenario(demand=4, warm_up_min=0), assumed=assumed)


def test_every_call_is_opened_once_at_the_centre_of_its_city_under_a_number_of_desk_0() -> None:
    living = talkative()
    said = Console(living).live(30)
    opened = [m.data.incident for m in said if isinstance(m.data, payloads.IncidentOpen)]
    assert len(opened) == len({one.incident for one in opened}) == len(living.scenes.all) > 10
    assert all(one.incident.split("-")[2].startswith("0") for one in opened)
    assert {m.origin for m in asked_of(said, "cmd.incident.open")} <= set(living.cities)
    assert all(m.origin == m.city for m in asked_of(said, "cmd.incident.open"))


def test_a_call_that_no_centre_answers_is_said_again_every_three_seconds_with_the_same_key() -> None:
    said: list[Message] = []
    agenda = Agenda(NOON)
    commands = Commands(agenda, said.append)
    request = payloads.SnapshotRequest("units")
    commands.send(CHANGSHA, CHANGSHA, "incident.open", request, "key-1", good_for_s=None)
    agenda.run_until(NOON + 60_000)
    assert len(said) == 21
    assert {message.key for message in said} == {"key-1"}
    commands.hear(payloads.Response("key-1", accepted=True))
    agenda.run_until(NOON + 120_000)
    assert len(said) == 21


def test_a_command_with_an_end_is_given_up_at_it_and_repeats_slow_down_with_the_pace() -> None:
    said: list[Message] = []
    agenda = Agenda(NOON)
    commands = Commands(agenda, said.append, pace=10)
    commands.send(CHANGSHA, CHANGSHA, "incident.change", payloads.SnapshotRequest("units"), "key-1")
    agenda.run_until(NOON + 1_200_000)
    assert [message.ts_evt for message in said] == [NOON] * 21
    assert commands.counts == {"cmd.incident.change unanswered": 1}


def test_keys_are_uuids_that_the_seed_decides() -> None:
    keys = Keys(7)
    assert keys.of(NOON, "order", "CS-001") == Keys(7).of(NOON, "order", "CS-001")
    others = {keys.of(NOON, "order", str(n)) for n in range(500)} | {Keys(8).of(NOON, "order", "0")}
    assert len(others) == 501
    assert all(len(key) == 36 and key[14] == "7" for key in others)


def test_callers_chase_when_nobody_has_come_and_stop_when_somebody_has() -> None:
    living = talkative(chase=Episode(share=1, minutes=Lognormal(median=5, sigma=0)), chase_again=1.0)
    console = Console(living)
    said = console.live(35)
    chased = changes(said, "chase")
    assert len(chased) > 20
    for scene in living.scenes.all.values():
        assert scene.record is not None
        assert scene.record.chases == sum(one.incident == scene.id for one in chased)
    arrived = {s.id: s.first_arrival_ms for s in living.scenes.all.values() if s.first_arrival_ms}
    for message in said:
        if isinstance(message.data, payloads.IncidentChange) and message.data.act == "chase":
            assert message.ts_evt <= arrived.get(message.data.incident, message.ts_evt)


def test_a_second_caller_is_another_acceptance_and_never_another_incident() -> None:
    living = talkative(repeat=Episode(share=1, minutes=Lognormal(median=2, sigma=0)))
    said = Console(living).live(30)
    repeated = changes(said, "repeat")
    assert len(repeated) >= 0.8 * len(living.scenes.all) > 8
    scene = living.scenes.find(repeated[0].incident)
    assert scene is not None
    assert scene.record is not None
    assert scene.record.acceptances >= 2


def test_a_caller_who_needs_nobody_any_more_has_his_units_called_back_and_is_closed_as_cancelled() -> None:
    living = talkative(cancelled=1.0, cancel_after_min=Lognormal(median=4, sigma=0))
    console = Console(living)
    console.live(40)
    outcomes = [s.outcome for s in living.scenes.all.values() if s.outcome is not None]
    assert outcomes.count("cancelled") > 5  # type: ignore[arg-type]
    closed = [s for s in living.scenes.all.values() if s.outcome == "cancelled" and s.sent and not s.borrowed]
    assert closed
    for scene in closed:
        lines = console.lines(scene.id)
        assert lines.index("order.stood_down") < lines.index("closed")
        assert scene.first_arrival_ms is None


def test_a_number_in_use_is_given_up_for_the_next_one() -> None:
    living = talkative()
    console = Console(living)
    console.open("XT-1124-0001", city=CityCode("xiangtan"))
    console.live(45)
    own = [s for s in living.scenes.all.values() if s.city == "xiangtan" and not s.from_console]
    assert own
    numbers = [IncidentId(scene.number) for scene in own]
    assert "XT-1124-0001" not in numbers
    assert len(set(numbers)) == len(numbers)
    assert all(scene.record is not None and scene.record.incident == scene.number for scene in own)
