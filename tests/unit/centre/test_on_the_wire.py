"""What a centre hears and says as messages of the contract: nothing is lost or changed on the way."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.centre import (
    hearing,
    saying,
    wire,
    wire_aid,
    wire_alarms,
    wire_incidents,
    wire_parts,
    wire_units,
)
from dispatch.centre.messages import (
    ActOnAlarm,
    AlarmDeed,
    AnswerAid,
    AskAid,
    ChangeIncident,
    ForeignAid,
    ForeignUnit,
    HeardStates,
    KeyedCommand,
    OpenIncident,
    Publish,
    Reply,
    SetUnit,
    Subject,
    TakeTo,
    Telephoned,
    UnitSaid,
)
from dispatch.centre.state import Duty, State
from dispatch.clock import from_epoch_ms
from dispatch.domain.aid import Aid, AidAct, AidId, AidKind, AidState
from dispatch.domain.alarms import Alarm, AlarmId, AlarmState, Severity
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Act, Ending, Incident, IncidentId, IncidentState, Priority
from dispatch.domain.operators import By, Role
from dispatch.domain.orders import Asker, RequestId
from dispatch.domain.timeline import Entry
from dispatch.domain.units import Capability, Instead, StateSource, Unit, UnitId, UnitState, UnitStatus
from dispatch.feed import payloads, topics
from dispatch.feed.transport import Received

CHANGSHA, ZHUZHOU = CityCode("changsha"), CityCode("zhuzhou")
ASKER = Asker(ZHUZHOU, "console-2")
T = TypeVar("T")

codes = st.sampled_from(["a", "CS-001", "CS-1124-1012", "x.y:z_1", "0193-7c0a"])
words = st.sampled_from(["", "Wuyi Square", "五一广场 A 口", "x" * 40])
moments = st.integers(0, 4_000_000_000_000)
times: st.SearchStrategy[datetime] = moments.map(from_epoch_ms)
places = st.builds(Position, lat=st.floats(-89, 89), lon=st.floats(-179, 179))
needs = st.frozensets(st.sampled_from(Capability), max_size=4)
people = st.builds(By, operator=codes, role=st.sampled_from(Role), break_glass=st.booleans())
unit_ids = codes.map(UnitId)
incident_ids = codes.map(IncidentId)
incidents = st.builds(
    Incident,
    id=incident_ids,
    city=st.just(CHANGSHA),
    position=places,
    place=words,
    priority=st.sampled_from(Priority),
    patients=st.integers(1, 9999),
    needs=needs,
    chief_complaint=words,
    opened_at=times,
    waiting_since=st.none() | times,
    state=st.sampled_from(IncidentState),
    units=st.lists(unit_ids, max_size=3).map(tuple),
    acceptances=st.integers(1, 99),
    chases=st.integers(0, 99),
    carried=st.integers(0, 99),
    held_until=st.none() | times,
    reason=words,
    ending=st.none() | st.sampled_from(Ending),
    origin=st.none() | incident_ids,
    moved_to=st.none() | incident_ids,
)
aids = st.builds(
    Aid,
    id=codes.map(AidId),
    kind=st.sampled_from(AidKind),
    lender=st.just(CHANGSHA),
    borrower=st.just(ZHUZHOU),
    node=st.just("console-2"),
    operator=words,
    incident=incident_ids,
    priority=st.sampled_from(Priority),
    position=places,
    place=words,
    needs=needs,
    wanted=st.lists(unit_ids, max_size=3).map(tuple),
    asked_at=times,
    answer_by=times,
    good_until=st.none() | times,
    state=st.sampled_from(AidState),
    changed_at=times,
    claimed_by=words,
    units=st.lists(unit_ids, max_size=3).map(tuple),
    used=st.lists(unit_ids, max_size=3).map(tuple),
    back=st.lists(unit_ids, max_size=3).map(tuple),
    lost=st.lists(unit_ids, max_size=3).map(tuple),
    reason=words,
    moved_to=st.none() | incident_ids,
)
alarms = st.builds(
    Alarm,
    id=codes.map(AlarmId),
    severity=st.sampled_from(Severity),
    code=codes,
    facts=st.dictionaries(st.sampled_from(["unit", "place"]), words | st.integers(0, 99)),
    city=st.just(CHANGSHA),
    raised_at=times,
    state=st.sampled_from(AlarmState),
    subject=words,
    acknowledged_by=words,
    shelved_until=st.none() | times,
    escalated=st.booleans(),
    shared=st.just(True),
)
statuses = st.builds(
    UnitStatus,
    state=st.sampled_from(UnitState),
    since=times,
    source=st.sampled_from(StateSource),
    incident=st.none() | codes,
    task=st.none() | codes,
    destination=st.none() | codes,
    reason=st.none() | words,
)
states_said = st.builds(
    UnitSaid,
    unit=unit_ids,
    number=st.integers(0, 2**40),
    state=st.sampled_from(UnitState),
    at_ms=moments,
    source=st.sampled_from([StateSource.TERMINAL, StateSource.GEOFENCE]),
    request=st.none() | codes.map(RequestId),
    destination=st.none() | codes,
    reason=st.none() | words,
    patients=st.integers(0, 99),
)


def keyed(kind: Callable[..., T], **what: st.SearchStrategy[object]) -> st.SearchStrategy[T]:
    return st.builds(kind, key=codes, asker=st.just(ASKER), by=people, expires_ms=st.none() | moments, **what)


# of a request for help only what its sender may say arrives
in_drill = incidents.map(lambda one: one.model_copy(update={"drill": True}))
openings = keyed(OpenIncident, incident=in_drill)
asked = aids.map(
    lambda one: one.model_copy(
        update={"state": AidState.RECEIVED, "claimed_by": "", "units": (), "used": (), "back": (), "lost": (),
                "reason": one.reason if one.kind is AidKind.INCIDENT else "", "good_until": None,
                "moved_to": None}
    )
)  # fmt: skip
commands: st.SearchStrategy[KeyedCommand] = st.one_of(
    openings,
    keyed(
        ChangeIncident,
        incident=incident_ids,
        act=st.sampled_from(Act),
        text=words,
        reason=words,
        until_ms=st.none() | moments,
        count=st.none() | st.integers(1, 99),
        priority=st.none() | st.sampled_from(Priority),
        patients=st.none() | st.integers(1, 9999),
        needs=st.none() | needs,
        chief_complaint=st.none() | words,
        place=st.none() | words,
        position=st.none() | places,
        ending=st.none() | st.sampled_from(Ending),
    ),
    keyed(
        SetUnit,
        unit=unit_ids,
        state=st.sampled_from(UnitState),
        at_ms=moments,
        destination=st.none() | codes,
        reason=st.none() | words,
        request=st.none() | codes.map(RequestId),
    ),
    keyed(TakeTo, unit=unit_ids, incident=incident_ids, hospital=codes.map(HospitalId)),
    keyed(Telephoned, unit=unit_ids, incident=incident_ids, at_ms=moments, reason=words, spoke_to=words),
    keyed(AskAid, aid=asked),
    keyed(
        AnswerAid,
        aid=codes.map(AidId),
        act=st.sampled_from(AidAct),
        units=st.lists(unit_ids, max_size=3).map(tuple),
        reason=words,
    ),
    keyed(
        ActOnAlarm,
        alarm=codes.map(AlarmId),
        act=st.sampled_from(AlarmDeed),
        until_ms=st.none() | moments,
        reason=words,
    ),
)


def carried(
    topic: str,
    kind: str,
    data: payloads.Payload,
    *,
    city: CityCode = CHANGSHA,
    key: str | None = None,
    expires_at: int | None = None,
    retained: bool = False,
    drill: bool = True,
) -> wire.Opened | None:
    """A payload through bytes and back, as a centre opens it."""
    node = ASKER.node if city == ASKER.city else "n"
    envelope = payloads.Envelope(
        v=1, type=kind, src=payloads.Source(city, node, 1), seq=1, ts_evt=1, ts_pub=1, drill=drill, data=data,
        key=key, expires_at=expires_at,
    )  # fmt: skip
    return wire.open_message(Received(topic, payloads.encode(envelope), retained, 1), drill=True)


def opened(topic: str, kind: str, data: payloads.Payload, **how: object) -> wire.Opened:
    found = carried(topic, kind, data, **how)  # type: ignore[arg-type]
    assert found is not None
    return found


def command(said: KeyedCommand, **how: object) -> wire.Opened:
    kind = hearing.KINDS[type(said)]
    topic = topics.command(ZHUZHOU, CHANGSHA, kind)
    how = {"city": ZHUZHOU, "key": said.key, "expires_at": said.expires_ms, **how}
    return opened(topic, f"cmd.{kind}", hearing.payload_of(said), **how)


@given(commands)
def test_a_command_arrives_as_it_was_sent(said: KeyedCommand) -> None:
    assert hearing.input_of(command(said), CHANGSHA) == said


@given(states_said)
def test_a_vehicles_word_arrives_as_it_was_said(said: UnitSaid) -> None:
    data = wire_units.unit_said_payload(said)
    found = opened(topics.unit_state(CHANGSHA, said.unit), "unit.state", data)
    assert hearing.input_of(found, CHANGSHA) == said


@given(incidents, st.lists(st.builds(Entry, number=st.integers(1, 99), at=times, code=codes, by=words)))
def test_an_incident_is_read_as_it_was_written(incident: Incident, entries: list[Entry]) -> None:
    data = wire_incidents.incident_payload(incident)
    assert wire_incidents.incident(CHANGSHA, data, drill=False) == incident
    assert len(wire_incidents.timeline_payload(incident.id, entries).entries) == len(entries)


@given(aids)
def test_a_request_for_help_is_read_by_the_borrowers_centre_as_it_was_written(aid: Aid) -> None:
    data = wire_aid.aids_payload([aid])
    found = opened(topics.snapshot(CHANGSHA, "aids"), "snapshot.aids", data, retained=True)
    assert list(hearing.foreign(found, ZHUZHOU, CHANGSHA)) == [ForeignAid(aid)]
    assert list(hearing.foreign(found, CityCode("xiangtan"), CHANGSHA)) == []


@given(alarms)
def test_an_alarm_is_read_as_it_was_written(alarm: Alarm) -> None:
    assert wire_alarms.alarm(CHANGSHA, wire_alarms.alarm_payload(alarm)) == alarm


@given(unit_ids, statuses)
def test_a_neighbours_unit_is_read_as_it_was_written(unit: UnitId, status: UnitStatus) -> None:
    data = wire_units.status_payload(Duty(unit=Unit(id=unit, city=CHANGSHA), status=status))
    found = opened(topics.status(CHANGSHA, unit), "unit.status", data, retained=True)
    assert list(hearing.foreign(found, ZHUZHOU, CHANGSHA)) == [ForeignUnit(CHANGSHA, unit, status)]


def test_more_alarms_than_a_message_holds_leave_the_gravest_in_it() -> None:
    def alarm(number: int, severity: Severity) -> Alarm:
        moment = from_epoch_ms(number)
        return Alarm(id=AlarmId(f"a{number}"), severity=severity, code="c", raised_at=moment)

    many = [alarm(n, Severity.WARNING) for n in range(wire_alarms.MOST)] + [alarm(30_000, Severity.CRITICAL)]
    said = wire_alarms.alarms_payload(many).alarms
    assert len(said) == wire_alarms.MOST
    assert said[0].alarm == "a30000"


# --- what is not believed -------------------------------------------------------------------------

LI = By(operator="li", role=Role.DISPATCHER)
NOTE = ChangeIncident("k", ASKER, LI, incident=IncidentId("i"), act=Act.NOTE)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"retained": True}, "retained_command"),
        ({"drill": False}, "drill_mismatch"),
        ({"city": CHANGSHA}, "wrong_city"),
    ],
)
def test_a_command_that_must_not_be_believed_is_refused(how: dict[str, object], code: str) -> None:
    with pytest.raises(wire_parts.Refused, match=code):
        command(NOTE, **how)


def test_a_command_without_a_key_is_refused() -> None:
    with pytest.raises(wire_parts.Refused, match="no_key"):
        hearing.input_of(command(NOTE, key=None), CHANGSHA)


def test_a_program_has_no_rights_of_its_own() -> None:
    data = payloads.UnitSet("CS-001", 9, payloads.By("robot", "program"), 1, None, "fuel")
    topic = topics.command(ZHUZHOU, CHANGSHA, "unit.set")
    found = opened(topic, "cmd.unit.set", data, city=ZHUZHOU, key="k")
    with pytest.raises(wire_parts.Refused, match="no_person"):
        hearing.input_of(found, CHANGSHA)


def test_a_vehicle_speaks_for_itself_only() -> None:
    data = payloads.UnitState("CS-002", 1, 2, 1, "terminal")
    with pytest.raises(wire_parts.Refused, match="wrong_subject"):
        hearing.input_of(opened(topics.unit_state(CHANGSHA, "CS-001"), "unit.state", data), CHANGSHA)


def test_a_city_speaks_for_its_own_units_only() -> None:
    data = payloads.UnitStatus("XT-001", 2, 1, "terminal")
    found = opened(topics.status(CHANGSHA, "XT-001"), "unit.status", data)
    with pytest.raises(wire_parts.Refused, match="wrong_city"):
        list(hearing.foreign(found, ZHUZHOU, CityCode("xiangtan")))


@pytest.mark.parametrize("number", ["13812345678", "138 1234 5678", "0731-88888888", "8888888"])
def test_a_callers_number_in_free_text_goes_no_further(number: str) -> None:
    said = wire_parts.words(f"call {number} back")
    assert number not in said
    assert said.startswith("call ")
    assert (
        wire_parts.words("CS-1124-1012, 28.22832, 2026-11-24 8:30")
        == "CS-1124-1012, 28.22832, 2026-11-24 8:30"
    )


# --- what is said ---------------------------------------------------------------------------------


def state() -> State:
    one = State(CHANGSHA)
    unit = Unit(id=UnitId("CS-001"), city=CHANGSHA)
    since = from_epoch_ms(1_000)
    one.duties[unit.id] = Duty(unit=unit, status=UnitStatus(state=UnitState.EN_ROUTE, since=since))
    return one


def test_an_ended_incident_that_left_the_memory_is_cleared_from_the_broker() -> None:
    said = saying.messages_of(Publish(Subject.INCIDENT, "CS-1124-1001"), state())
    assert [(one.topic, one.payload, one.retain) for one in said] == [
        ("czt/v1/changsha/ems/incident/CS-1124-1001", None, True),
        ("czt/v1/changsha/ems/incident/CS-1124-1001/timeline", None, True),
    ]


def test_a_refusal_is_said_as_a_code_with_facts_and_as_a_sentence() -> None:
    reply = Reply(ASKER, "k", accepted=False, code="unknown_unit", facts={"city": "changsha", "unit": "CS-9"})
    (said,) = saying.messages_of(reply, state())
    assert said.topic == "czt/v1/changsha/rsp/zhuzhou/console-2"
    assert isinstance(said.payload, payloads.Response)
    assert (said.payload.code, said.payload.facts) == ("unknown_unit", {"city": "changsha", "unit": "CS-9"})
    assert "CS-9" in said.payload.reason
    lacking = Reply(ASKER, "k", accepted=False, code="unknown_unit")
    assert saying.reason_of(lacking) == "unknown_unit"


def test_everything_that_is_kept_is_said_anew_the_overview_first() -> None:
    one = state()
    seen = {UnitId("CS-001"): wire_units.Seen(28.2, 112.9, "wgs84", 5_000, 7)}
    kinds = [said.kind for said in saying.everything(one, seen)]
    assert kinds == [
        "snapshot.units",
        "snapshot.alarms",
        "snapshot.aids",
        "snapshot.blood_orders",
        "unit.status",
    ]
    snapshot = saying.units(one, seen).payload
    assert isinstance(snapshot, payloads.UnitsSnapshot)
    entry = snapshot.units[0]
    assert (entry.unit, entry.state, entry.fixed_at, entry.seq) == ("CS-001", 2, 5_000, 7)


def test_a_vehicle_is_told_how_far_it_was_heard() -> None:
    (said,) = saying.messages_of(HeardStates(UnitId("CS-001"), 4), state())
    assert said.payload == payloads.UnitHeard("CS-001", 4)
    assert wire_units.heard(said.payload) == HeardStates(UnitId("CS-001"), 4)


def test_times_go_to_the_millisecond() -> None:
    moment = from_epoch_ms(1_790_000_000_123) + timedelta(0)
    status = UnitStatus(state=UnitState.PAUSED, since=moment, reason="fuel")
    instead = Instead(incident="ZZ-1124-1001", other="CS-1124-1001", called_ms=1_790_000_000_001)
    duty = Duty(unit=Unit(id=UnitId("CS-001"), city=CHANGSHA), status=status, instead=(instead,))
    assert wire_units.foreign(CHANGSHA, wire_units.status_payload(duty)) == ForeignUnit(
        CHANGSHA, UnitId("CS-001"), status, (instead,)
    )
