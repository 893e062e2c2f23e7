"""The handover sheet: what is on it, how it is printed, what two signatures are worth."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch import language
from dispatch.audit.entry import AuditRow
from dispatch.audit.log import AuditLog
from dispatch.audit.read import Filter, rows
from dispatch.centre.asking import Standing
from dispatch.cli import handover as command
from dispatch.domain.aid import Aid, AidId, AidState
from dispatch.domain.alarms import AlarmId, AlarmState, Severity
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import Incident, IncidentId, IncidentState, Priority
from dispatch.domain.operators import By, Role
from dispatch.domain.units import Capability, UnitId
from dispatch.handover import HandoverSheet, canonical, sheet, sign, signed_of, signed_text, text
from dispatch.handover.page import WIDTH, folded
from dispatch.handover.signed import keep
from dispatch.text import cell_width
from tests.console.fakes import CHANGSHA, XIANGTAN, ZHUZHOU, FakeDesk, fake_desk

WANG = By(operator="wang.fang", role=Role.DISPATCHER)
LI = By(operator="li.na", role=Role.SUPERVISOR)


@dataclass(frozen=True)
class Order:
    unit: UnitId
    incident: IncidentId
    standing: Standing


ORDERS = [
    Order(UnitId("CS-002"), IncidentId("CS-1124-0001"), Standing.UNKNOWN),
    Order(UnitId("CS-004"), IncidentId("CS-1124-0001"), Standing.DONE),
]


@pytest.fixture(autouse=True)
def _english() -> None:
    language.use("en")


@pytest.fixture
def desk() -> FakeDesk:
    one = fake_desk()
    for number, (lender, borrower, state) in enumerate(
        [
            (XIANGTAN, CHANGSHA, AidState.DEPLOYED),
            (CHANGSHA, ZHUZHOU, AidState.RECEIVED),
            (CHANGSHA, ZHUZHOU, AidState.DECLINED),
            (XIANGTAN, ZHUZHOU, AidState.RECEIVED),
        ]
    ):
        aid = an_aid(one, number, lender, borrower, state)
        one.picture.aids[aid.id] = aid
    return one


def an_aid(desk: FakeDesk, number: int, lender: CityCode, borrower: CityCode, state: AidState) -> Aid:
    now = desk.clock.now()
    return Aid(
        id=AidId(f"aid-{number}"),
        lender=lender,
        borrower=borrower,
        node="console-1",
        operator="x",
        incident=IncidentId("CS-1124-0003"),
        priority=Priority.LIFE_THREATENING,
        position=Position(lat=28.1, lon=112.9),
        place="五一广场",
        asked_at=now,
        answer_by=now + timedelta(minutes=2),
        changed_at=now,
        state=state,
        units=(UnitId("XT-003"),),
    )


def made(desk: FakeDesk) -> HandoverSheet:
    return sheet(desk.picture, CHANGSHA, "wang.fang", ORDERS, desk.clock.now(), drill=True)


@pytest.fixture
def log(tmp_path: Path, desk: FakeDesk) -> Iterator[AuditLog]:
    one = AuditLog.open(
        tmp_path / "audit.db", clock=desk.clock, city=CHANGSHA, console="console-1", drill=True
    )
    yield one
    one.close_now()


def signed_rows(folder: Path) -> list[AuditRow]:
    return list(rows(folder / "audit.db", Filter(action="handover.signed")))


# --- what is on it -----------------------------------------------------------------------------


def test_a_sheet_holds_what_is_open_in_its_city_and_nothing_of_the_others(desk: FakeDesk) -> None:
    one = made(desk)
    assert one.incidents
    assert {incident.city for incident in one.incidents} == {CHANGSHA}
    assert all(incident.state is not IncidentState.CLOSED for incident in one.incidents)
    assert [out.unit for out in one.units_out] == sorted(out.unit for out in one.units_out)
    assert all(out.unit.startswith("CS-") and out.status.reason for out in one.units_out)
    assert [aid.id for aid in one.lent] == ["aid-1"]
    assert [aid.id for aid in one.borrowed] == ["aid-0"]


def test_an_order_whose_end_is_not_known_is_told_in_words_and_a_settled_one_is_not(desk: FakeDesk) -> None:
    (told,) = made(desk).unsettled_orders
    assert told.startswith("CS-002 to CS-1124-0001: not known")


def test_alarms_of_the_city_and_of_the_console_are_on_it_also_those_put_aside(desk: FakeDesk) -> None:
    alarms, now = desk.picture.alarms, desk.clock.now()
    alarms.by_id.clear()
    for name, city in (("mine", CHANGSHA), ("console", None), ("theirs", ZHUZHOU), ("over", CHANGSHA)):
        alarms.raise_(AlarmId(name), Severity.WARNING, name, now, city=city)
    alarms.acknowledge(AlarmId("over"))
    alarms.cause_gone(AlarmId("over"))
    shelved = alarms.by_id[AlarmId("mine")].model_copy(update={"shelved_until": now + timedelta(hours=1)})
    alarms.by_id[AlarmId("mine")] = shelved
    assert {alarm.id for alarm in made(desk).alarms} == {"mine", "console"}


# --- printed -----------------------------------------------------------------------------------


@pytest.mark.parametrize("spoken", ["zh_CN", "en"])
def test_a_printed_sheet_fits_its_width_in_cells_and_loses_nothing(desk: FakeDesk, spoken: str) -> None:
    long = "长沙市芙蓉区五一大道与黄兴路交叉口东北角中国银行门前人行道" * 3
    first = IncidentId("CS-1124-0003")
    changes = {
        "place": long,
        "units": tuple(UnitId(f"CS-{n:03}") for n in range(30)),
        "reason": "no_unit_free",
    }
    desk.picture.incidents[first] = desk.picture.incidents[first].model_copy(update=changes)
    printed = text(made(desk), spoken)
    assert max(cell_width(line) for line in printed.splitlines()) <= WIDTH
    joined = "".join(line.strip() for line in printed.splitlines())
    assert long in joined
    assert all(f"CS-{n:03}" in joined for n in range(30))
    assert "[DRILL]" in printed or "[演练]" in printed


def test_a_printed_sheet_says_the_same_in_chinese(desk: FakeDesk) -> None:
    printed = text(made(desk), "zh_CN")
    for said in (
        "交接班单",
        "未结束事件",
        "暂停调用",
        "借出给邻市（1）",
        "向邻市借入（1）",
        "结果未明的指令（1）",
    ):
        assert said in printed, said


def test_columns_stand_under_each_other_whatever_the_script(desk: FakeDesk) -> None:
    lines = [line for line in text(made(desk), "zh_CN").splitlines() if line.startswith("CS-0")]
    assert len(lines) >= 2
    assert len({cell_width(line[: line.index(":")]) for line in lines}) == 1


def test_a_hostile_place_cannot_reach_the_terminal(desk: FakeDesk) -> None:
    first = IncidentId("CS-1124-0003")
    hostile = {"place": "\x1b[2Jboom\u202e", "chief_complaint": "a\nb"}
    desk.picture.incidents[first] = desk.picture.incidents[first].model_copy(update=hostile)
    printed = text(made(desk), "en")
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert "␛[2Jboom" in printed


@pytest.mark.parametrize("width", [1, 7, 20, 78])
def test_a_folded_line_keeps_every_character(width: int) -> None:
    line = "五一广场 Wuyi Square，胸痛 chest pain 138 units, one, two, three 急救" * 3
    parts = folded(line, width)
    assert "".join("".join(parts).split()) == "".join(line.split())
    assert all(cell_width(part) <= max(width, 2) for part in parts)


def test_what_is_empty_says_none(desk: FakeDesk) -> None:
    desk.picture.incidents.clear()
    desk.picture.alarms.by_id.clear()
    desk.picture.aids.clear()
    printed = text(sheet(desk.picture, XIANGTAN, "x", [], desk.clock.now(), drill=False), "en")
    assert printed.count("    none") == 5, "only units are out"
    assert "DRILL" not in printed


# --- signed ------------------------------------------------------------------------------------


async def test_both_signatures_stand_in_one_row_with_the_sheet_and_its_hash(
    desk: FakeDesk, log: AuditLog, tmp_path: Path
) -> None:
    one = made(desk)
    signed = await sign(one, audit=log, outgoing=WANG, incoming=LI, remarks="  CS-006 缺氧气\x1b ")
    (row,) = signed_rows(tmp_path)
    assert (row.actor, row.role, row.target) == ("wang.fang", "dispatcher", CHANGSHA)
    assert row.detail["incoming"] == "li.na"
    assert row.detail["incoming_role"] == "supervisor"
    assert row.detail["remarks"] == "CS-006 缺氧气␛"
    assert row.detail["sha256"] == signed.digest
    assert signed_of(row) == signed
    assert signed_of(row).sheet == one


async def test_one_person_cannot_sign_on_both_sides(desk: FakeDesk, log: AuditLog, tmp_path: Path) -> None:
    with pytest.raises(DispatchError, match="two people"):
        await sign(made(desk), audit=log, outgoing=WANG, incoming=WANG)
    assert signed_rows(tmp_path) == []


async def test_a_signature_by_break_glass_is_marked(desk: FakeDesk, log: AuditLog, tmp_path: Path) -> None:
    loud = WANG.model_copy(update={"break_glass": True})
    await sign(made(desk), audit=log, outgoing=loud, incoming=LI)
    assert signed_rows(tmp_path)[0].detail["break_glass"] == 1


async def test_a_sheet_of_a_thousand_incidents_can_be_signed_too(
    desk: FakeDesk, log: AuditLog, tmp_path: Path
) -> None:
    pattern = desk.picture.incidents[IncidentId("CS-1124-0003")]
    for number in range(1000):
        name = IncidentId(f"CS-1124-1{number:03}")
        desk.picture.incidents[name] = pattern.model_copy(update={"id": name})
    signed = await sign(made(desk), audit=log, outgoing=WANG, incoming=LI)
    (row,) = signed_rows(tmp_path)
    assert "sheet" not in row.detail
    assert len(signed_of(row).sheet.incidents) > 1000
    assert signed_of(row) == signed


async def test_a_changed_sheet_is_not_the_one_that_was_signed(
    desk: FakeDesk, log: AuditLog, tmp_path: Path
) -> None:
    await sign(made(desk), audit=log, outgoing=WANG, incoming=LI)
    (row,) = signed_rows(tmp_path)
    forged = str(row.detail["sheet"]).replace("CS-006", "CS-007", 1)
    with pytest.raises(DispatchError, match="not the one that was signed"):
        signed_of(replace(row, detail={**row.detail, "sheet": forged}))


def test_the_same_sheet_has_the_same_bytes_whatever_the_order_of_its_sets(desk: FakeDesk) -> None:
    pattern = desk.picture.incidents[IncidentId("CS-1124-0003")]

    def with_needs(needs: list[Capability]) -> HandoverSheet:
        incident = Incident.model_validate({**pattern.model_dump(), "needs": frozenset(needs)})
        return made(desk).model_copy(update={"incidents": (incident,)})

    every = list(Capability)
    assert canonical(with_needs(every)) == canonical(with_needs(every[::-1]))
    read = HandoverSheet.model_validate_json(canonical(with_needs(every)))
    assert canonical(read) == canonical(with_needs(every))


async def test_the_printed_sheet_is_kept_beside_the_log(
    desk: FakeDesk, log: AuditLog, tmp_path: Path
) -> None:
    signed = await sign(made(desk), audit=log, outgoing=WANG, incoming=LI)
    path = keep(tmp_path, signed, signed_text(signed, "zh_CN"))
    printed, mode = read_back(path)
    assert signed.digest in printed
    assert "接班人：li.na" in printed
    assert mode == 0o600
    assert path.name == f"changsha-20261123T183107Z-{signed.digest[:8]}.txt"


def read_back(path: Path) -> tuple[str, int]:
    return path.read_text("utf-8"), path.stat().st_mode & 0o777


# --- czt handover show -------------------------------------------------------------------------


async def test_show_prints_the_last_handovers_and_leaves_the_log_as_it_is(
    desk: FakeDesk, log: AuditLog, tmp_path: Path
) -> None:
    for name in ("first", "second", "third"):
        await sign(made(desk), audit=log, outgoing=WANG, incoming=LI, remarks=name)
        desk.clock.advance(60)
    await log.close()
    file = tmp_path / "audit.db"
    before = content(file)
    shown = CliRunner().invoke(command.app, ["show", str(file), "--last", "2"])
    assert shown.exit_code == 0, shown.output
    assert "Remarks: first" not in shown.output
    assert shown.output.index("Remarks: second") < shown.output.index("Remarks: third")
    assert "Handover sheet  Changsha  [DRILL]" in shown.output
    lines = CliRunner().invoke(command.app, ["show", str(file), "--last", "9", "--json"]).output.splitlines()
    documents = [json.loads(line) for line in lines]
    assert [one["remarks"] for one in documents] == ["first", "second", "third"]
    assert documents[0]["sheet"]["city"] == "changsha"
    assert content(file) == before


def content(file: Path) -> bytes:
    return file.read_bytes()


async def test_show_says_when_nothing_was_signed_and_when_there_is_no_log(
    log: AuditLog, tmp_path: Path
) -> None:
    shown = CliRunner().invoke(command.app, ["show", str(tmp_path / "audit.db")])
    assert "no handover was signed" in shown.output
    missing = CliRunner().invoke(command.app, ["show", str(tmp_path / "none.db")])
    assert isinstance(missing.exception, DispatchError)


async def test_show_ends_with_an_error_for_a_forged_sheet(
    desk: FakeDesk, log: AuditLog, tmp_path: Path
) -> None:
    await sign(made(desk), audit=log, outgoing=WANG, incoming=LI)
    await log.close()
    forge(tmp_path / "audit.db")
    shown = CliRunner().invoke(command.app, ["show", str(tmp_path / "audit.db")])
    assert shown.exit_code == 1
    assert "not the one that was signed" in shown.output


def forge(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET body = replace(body, 'CS-006', 'CS-007')")
    connection.close()


def test_a_sheet_that_is_acknowledged_shows_by_whom(desk: FakeDesk) -> None:
    alarms = desk.picture.alarms
    alarms.by_id.clear()
    alarms.raise_(AlarmId("a"), Severity.CRITICAL, "waiting", desk.clock.now(), {"unit": "CS-001"}, CHANGSHA)
    seen = {"state": AlarmState.ACKNOWLEDGED, "acknowledged_by": "li.na", "escalated": True}
    alarms.by_id[AlarmId("a")] = alarms.by_id[AlarmId("a")].model_copy(update=seen)
    printed = text(made(desk), "en")
    assert "waiting unit=CS-001" in printed
    assert "acknowledged by li.na; escalated" in printed
