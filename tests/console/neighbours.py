"""Requests for help, shared alarms and other desks, as the centres of the three cities would tell of them."""

from datetime import timedelta

from dispatch.domain.aid import Aid, AidId, AidKind, AidState
from dispatch.domain.alarms import Alarm, AlarmId, AlarmState, Severity
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.units import Capability, UnitId
from dispatch.picture.cities import Sight
from dispatch.picture.desks import DeskView
from tests.console.fakes import CHANGSHA, START, XIANGTAN, ZHUZHOU, FakeDesk

ASKED = AidId("019a-zhuzhou-asks")
"""Zhuzhou asks Changsha for two units for ZZ-1124-0002, 42 s ago; 78 s are left."""


def zhuzhou_asks(desk: FakeDesk, **changes: object) -> Aid:
    """A request that waits for an answer of ours."""
    aid = Aid(
        id=ASKED,
        lender=CHANGSHA,
        borrower=ZHUZHOU,
        node="console-3",
        operator="liuyang",
        incident=IncidentId("ZZ-1124-0002"),
        priority=Priority.URGENT,
        position=Position(lat=27.838, lon=113.151),
        place="株洲站",
        patients=2,
        count=2,
        needs=frozenset({Capability.ADVANCED}),
        chief_complaint="胸痛",
        wanted=(UnitId("CS-021"),),
        asked_at=START - timedelta(seconds=42),
        answer_by=START + timedelta(seconds=78),
        changed_at=START - timedelta(seconds=42),
    ).model_copy(update=changes)
    return put(desk, aid)


def we_asked(desk: FakeDesk, lender: CityCode = XIANGTAN, **changes: object) -> Aid:
    """A request of ours for the incident at Wuyi Square that nobody has answered."""
    aid = Aid(
        id=AidId(f"019a-changsha-asks-{lender}"),
        lender=lender,
        borrower=CHANGSHA,
        node="console-1",
        operator="王芳",
        incident=IncidentId("CS-1124-0003"),
        priority=Priority.LIFE_THREATENING,
        position=Position(lat=28.1958, lon=112.9763),
        place="五一广场",
        patients=2,
        count=2,
        chief_complaint="车祸，多人受伤",
        asked_at=START - timedelta(seconds=20),
        answer_by=START + timedelta(seconds=100),
        changed_at=START - timedelta(seconds=20),
    ).model_copy(update=changes)
    return put(desk, aid)


def put(desk: FakeDesk, aid: Aid) -> Aid:
    desk.picture.aids[aid.id] = aid
    desk.picture.changes.mark("aid", aid.id)
    return aid


def a_day_of_lending(desk: FakeDesk) -> None:
    """One of every kind: to answer, to name, asked, refused, borrowed, lent, over."""
    minutes = timedelta(minutes=1)
    zhuzhou_asks(desk)
    taken = {
        "id": AidId("take"),
        "kind": AidKind.INCIDENT,
        "incident": IncidentId("ZZ-1124-0007"),
        "count": 1,
    }
    zhuzhou_asks(
        desk,
        **taken,
        place="天元区湘山公园北门",
        wanted=(),
        asked_at=START - timedelta(seconds=15),
        answer_by=START + timedelta(seconds=165),
        claimed_by="chen@console-2",
    )
    we_asked(desk)
    we_asked(
        desk,
        ZHUZHOU,
        id=AidId("borrowed"),
        incident=IncidentId("CS-1124-0001"),
        place="长沙火车站东广场",
        state=AidState.DEPLOYED,
        count=1,
        units=(UnitId("ZZ-005"),),
        used=(UnitId("ZZ-005"),),
        rule="zhuzhou>changsha 2026-11",
        asked_at=START - 14 * minutes,
    )
    zhuzhou_asks(
        desk,
        id=AidId("lent"),
        incident=IncidentId("ZZ-1124-0001"),
        state=AidState.COMMITTED,
        units=(UnitId("CS-005"),),
        answered_by="chen@console-2",
        good_until=START + 4 * minutes,
        asked_at=START - 3 * minutes,
        count=1,
    )
    we_asked(
        desk,
        id=AidId("over"),
        incident=IncidentId("CS-1123-1012"),
        state=AidState.DECLINED,
        reason="reserve_kept",
        answered_by="ma@console-1",
        asked_at=START - 50 * minutes,
        changed_at=START - 49 * minutes,
    )


def see_xiangtan(desk: FakeDesk) -> None:
    """Its link is back."""
    view = desk.picture.sight[XIANGTAN]
    view.sight, view.since, view.link_up = Sight.LIVE, desk.clock.now(), True


def other_desks(desk: FakeDesk) -> None:
    """Two more in Changsha, one of them gone, and one in Zhuzhou."""
    for city, node, operator, role, incident, online in (
        (CHANGSHA, "console-1", "王芳", "dispatcher", "CS-1124-0003", False),  # nobody hears himself
        (CHANGSHA, "console-2", "chen", "dispatcher", "CS-1124-0001", True),
        (CHANGSHA, "console-5", "he", "supervisor", None, False),
        (ZHUZHOU, "console-3", "liuyang", "dispatcher", "ZZ-1124-0002", True),
    ):
        desk.picture.desks[city, node] = DeskView(
            operator, role, IncidentId(incident) if incident else None, START - timedelta(hours=3), online
        )


def many_alarms(desk: FakeDesk, count: int, critical: int = 3) -> None:
    """So many alarms of the centre at once, the critical ones in the middle and the youngest."""
    for number in range(count):
        severity = Severity.ADVISORY if number % 5 else Severity.WARNING
        is_critical = count // 2 <= number < count // 2 + critical
        raise_shared(
            desk,
            f"a{number:04d}",
            Severity.CRITICAL if is_critical else severity,
            number=number,
            minutes=0 if is_critical else count - number,
        )


def raise_shared(
    desk: FakeDesk, key: str, severity: Severity, *, number: int = 0, minutes: float = 1, **changes: object
) -> Alarm:
    """One alarm that the centre of Changsha holds."""
    alarm = Alarm(
        id=AlarmId(f"changsha/{key}"),
        severity=severity,
        code="feed_refused",
        facts={"count": number},
        city=CHANGSHA,
        raised_at=START - timedelta(minutes=minutes),
        shared=True,
    ).model_copy(update=changes)
    desk.picture.alarms.by_id[alarm.id] = alarm
    desk.picture.changes.mark("alarm", alarm.id)
    return alarm


def an_hour_of_alarms(desk: FakeDesk) -> None:
    """One of every kind: escalated, seen by somebody, gone before anybody saw it, put aside."""
    raise_shared(
        desk, "escalated", Severity.CRITICAL, number=41, minutes=3, escalated=True, subject="CS-1124-0003"
    )
    raise_shared(desk, "worked", Severity.WARNING, number=7, minutes=5, subject="CS-1124-0001")
    raise_shared(desk, "advisory", Severity.ADVISORY, number=2, minutes=9)
    raise_shared(desk, "gone", Severity.WARNING, number=3, minutes=12, state=AlarmState.RETURNED)
    seen = {"state": AlarmState.ACKNOWLEDGED, "acknowledged_by": "chen@console-2"}
    raise_shared(desk, "seen", Severity.CRITICAL, number=5, minutes=20, **seen)
    aside = {"shelved_until": START + timedelta(minutes=18)}
    raise_shared(desk, "aside", Severity.WARNING, number=9, minutes=30, **aside)
    raise_shared(desk, "aside2", Severity.ADVISORY, number=1, minutes=31, **aside)
