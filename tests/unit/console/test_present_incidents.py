"""Rows of incidents, hospitals and alarms."""

import pytest

from dispatch import language
from dispatch.console.present import (
    AgeLimits,
    Cell,
    alarm_columns,
    alarm_row,
    alarm_sentence,
    hospital_columns,
    hospital_row,
    incident_columns,
    incident_row,
)
from dispatch.console.present_alarms import SENTENCES
from dispatch.console.present_incidents import counters
from dispatch.domain.alarms import Alarm, AlarmId, AlarmState, Severity
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Incident, IncidentState, Priority
from dispatch.picture.live import Picture
from dispatch.settings import load
from tests.console.widgets.scenes import (
    CHANGSHA,
    HOSTILE,
    ZHUZHOU,
    ago,
    incident,
    picture,
    report_hospital,
    scene,
)

STATUS_LIMITS = AgeLimits(600, 1800, 3600)


def cells_of(one: Incident, of: Picture) -> dict[str, Cell]:
    keys = [column.key for column in incident_columns(of.cities)]
    return dict(zip(keys, incident_row(one, scene(of)).cells, strict=True))


def test_an_incident_reads_in_both_languages() -> None:
    now = picture()
    sent = incident(12, state=IncidentState.DISPATCHED, units=("CS-001", "CS-002"))
    assert [cell.text for cell in incident_row(sent, scene(now)).cells] == [
        "CS-1124-0012", "  2 紧急", "已派", "五一广场", "", "", "12分03秒",
        "CS-001 +1", "2", "长沙", "", "", "胸痛", "02:01",
    ]  # fmt: skip
    language.use("en")
    cells = cells_of(sent, now)
    assert [cells[key].text for key in ("priority", "state", "open")] == [
        "  2 urgent",
        "Dispatched",
        "12m03s",
    ]


@pytest.mark.parametrize(
    ("priority", "units", "style"),
    [
        (Priority.LIFE_THREATENING, (), "critical"),
        (Priority.URGENT, (), "warning"),
        (Priority.ROUTINE, (), "normal"),
        (Priority.LIFE_THREATENING, ("CS-001",), "normal"),
    ],
)
def test_red_is_kept_for_a_life_threat_that_nobody_was_sent_to(
    priority: Priority, units: tuple[str, ...], style: str
) -> None:
    cells = cells_of(incident(1, priority=priority, units=units), picture())
    assert cells["priority"].style == style


def test_an_incident_without_a_unit_says_so() -> None:
    assert cells_of(incident(1), picture())["units"].text == "未派车"


def test_units_that_were_sent_stay_readable_in_one_cell() -> None:
    for units, said in ((("CS-012",), "CS-012"), (("CS-012", "CS-014", "ZZ-001"), "CS-012 +2")):
        assert cells_of(incident(1, units=units), picture())["units"].text == said


def test_callers_who_chase_while_nobody_was_sent_stand_out() -> None:
    now = picture()
    waits = incident(1).model_copy(update={"chases": 2, "none_free": 1, "acceptances": 3})
    cells = cells_of(waits, now)
    assert (cells["chased"].text, cells["chased"].style) == ("2", "warning")
    assert (cells["none_free"].text, cells["none_free"].style) == ("1", "warning")
    sent = waits.model_copy(update={"units": ("CS-001",)})
    assert cells_of(sent, now)["chased"].style == "normal"
    assert counters(waits) == ["受理 3 次", "催车 2 次", "欲派无车 1 次"]
    assert counters(incident(1)) == []


def test_a_held_incident_says_until_when_and_one_that_woke_stands_out() -> None:
    now = picture()
    held = incident(1).model_copy(update={"state": IncidentState.HELD, "held_until": ago(-600)})
    assert cells_of(held, now)["state"].text == "挂起 02:23"
    for_good = held.model_copy(update={"held_until": None})
    assert cells_of(for_good, now)["state"].text == "挂起"
    woken = held.model_copy(update={"state": IncidentState.WAITING, "held_until": ago(1)})
    assert (cells_of(woken, now)["state"].text, cells_of(woken, now)["state"].style) == (
        "到时待派",
        "warning",
    )


def test_another_desk_at_work_is_named_in_the_list() -> None:
    now = picture()
    row = incident_row(incident(1), scene(now), CHANGSHA, ["李雷@console-2"])
    assert "李雷@console-2" in [cell.text for cell in row.cells]


def test_the_place_of_another_citys_incident_begins_with_its_city() -> None:
    now = picture()
    own, other = incident(1), incident(2, city=ZHUZHOU)
    ours = incident_row(own, scene(now), CHANGSHA).cells
    theirs = incident_row(other, scene(now), CHANGSHA).cells
    assert (ours[3].text, ours[0].style) == ("五一广场", "strong")
    assert (theirs[3].text, theirs[0].style) == ("株洲 │ 五一广场", "normal")


def test_incidents_of_an_offline_city_are_grey() -> None:
    assert incident_row(incident(1, city=ZHUZHOU), scene(picture())).style == "offline"


def hospital_cells(of: Picture) -> dict[str, Cell]:
    hospital = HospitalId("CS-H-2")
    row = hospital_row(of.hospitals[hospital], of.hospital_status.get(hospital), scene(of), STATUS_LIMITS)
    keys = [column.key for column in hospital_columns(of.cities)]
    return dict(zip(keys, row.cells, strict=True))


def test_a_hospital_that_never_reported_is_not_called_open() -> None:
    cells = hospital_cells(picture())
    assert (cells["open"].text, cells["waiting"].text, cells["able"].text) == ("不明", "", "胸痛 卒中")


def test_a_diverting_hospital_has_a_sign_a_word_and_a_colour() -> None:
    now = picture()
    report_hospital(now, diverting=True, waiting=3, age_s=30)
    cells = hospital_cells(now)
    assert (cells["open"].text, cells["open"].style, cells["waiting"].text) == ("✗ 分流", "abnormal", "3")


def alarm(code: str = "city_offline", **facts: str | float) -> Alarm:
    return Alarm(
        id=AlarmId("a1"),
        severity=Severity.CRITICAL,
        code=code,
        facts=facts,
        city=CHANGSHA,
        raised_at=ago(192),
    )


def test_an_alarm_is_a_sentence_in_both_languages() -> None:
    now = picture()
    assert alarm_sentence(alarm(), now.cities).startswith("长沙离线")
    language.use("en")
    assert alarm_sentence(alarm(), now.cities).startswith("Changsha is offline")


def test_an_alarm_without_a_sentence_shows_its_code_and_facts() -> None:
    shown = alarm_sentence(alarm("new_kind", unit="CS-001", age_s=75), picture().cities)
    assert shown == "new_kind city=长沙 unit=CS-001 age_s=1分15秒"


def test_an_alarm_of_a_bank_names_it() -> None:
    now = picture()
    said = alarm_sentence(alarm("bank_stale", bank="CS-B-CENTRE", age_s=1920), now.cities, now.banks)
    assert "长沙血液中心" in said
    assert "32分00秒" in said


def test_an_alarm_about_blood_for_a_hospital_names_it() -> None:
    hospital = load().hospitals[0]
    held = alarm("blood_expired", bank="CS-B-CENTRE", order="B-1", hospital=hospital.id)
    said = alarm_sentence(held, picture().cities, hospitals={hospital.id: hospital})
    assert hospital.name.zh in said
    assert hospital.id not in said


@pytest.mark.parametrize("code", SENTENCES)
def test_an_alarm_whose_facts_are_missing_still_says_its_code(code: str) -> None:
    shown = alarm_sentence(alarm(code), picture().cities)
    assert shown


def test_an_acknowledged_alarm_loses_its_colour_but_not_its_words() -> None:
    now = picture()
    keys = [column.key for column in alarm_columns()]
    seen = alarm().model_copy(update={"state": AlarmState.ACKNOWLEDGED})
    cells = dict(zip(keys, alarm_row(seen, scene(now)).cells, strict=True))
    fresh = dict(zip(keys, alarm_row(alarm(), scene(now)).cells, strict=True))
    assert (fresh["severity"].style, cells["severity"].style) == ("critical", "normal")
    assert fresh["severity"].text == cells["severity"].text == "立即处置"
    assert fresh["sign"].text == cells["sign"].text == "!"
    assert (fresh["state"].text, cells["state"].text) == ("未确认", "已确认")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_inert_in_incidents_and_alarms(text: str) -> None:
    now = picture()
    shown = "".join(cell.text for cell in incident_row(incident(1, place=text), scene(now)).cells)
    shown += alarm_sentence(alarm("console_fault", where=text, error=text), now.cities)
    shown += alarm_sentence(alarm(text, x=text), now.cities)
    assert shown.isprintable()
