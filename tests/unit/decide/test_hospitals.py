"""Where to take a patient: capability, diversion, doubt, bounded minutes, queue."""

import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.console.present_units import CAPABILITY_WORDS, capability_text
from dispatch.decide.hospitals import HospitalRanking, HospitalRequest, rank_hospitals
from dispatch.decide.reasons import explain
from dispatch.domain.hospitals import HospitalId, HospitalStatus
from dispatch.domain.incidents import Priority
from dispatch.domain.units import UNIT_CAPABILITIES, Capability
from dispatch.picture.cities import Sight
from dispatch.picture.live import Picture
from dispatch.settings import load
from tests.unit.decide.decide_world import CHANGSHA, DISPATCH_RULES, NOW, ZHUZHOU, at, empty_picture, hospital


def picture_of(
    *, waiting: tuple[int, int, int] = (0, 0, 0), diverting: tuple[bool, bool, bool] = (False,) * 3
) -> Picture:
    """Three hospitals 2, 2.2 and 12 km away; the last in Zhuzhou and the only trauma centre."""
    picture = empty_picture(
        [
            hospital("H-1", CHANGSHA, 28.218, 112.97, Capability.CARDIAC),
            hospital("H-2", CHANGSHA, 28.180, 112.97, Capability.CARDIAC),
            hospital("H-3", ZHUZHOU, 28.092, 112.97, Capability.TRAUMA),
        ]
    )
    for number, (queue, away) in enumerate(zip(waiting, diverting, strict=True), start=1):
        status = HospitalStatus(diverting=away, waiting=queue, said_at=NOW - timedelta(minutes=2))
        picture.hospital_status[HospitalId(f"H-{number}")] = status
    return picture


def rank(picture: Picture, priority: int = 2, *needs: Capability) -> HospitalRanking:
    request = HospitalRequest(
        position=at(28.20, 112.97), city=CHANGSHA, priority=Priority(priority), needs=frozenset(needs)
    )
    return rank_hospitals(picture, request, DISPATCH_RULES, NOW)


def order(ranking: HospitalRanking) -> list[str]:
    return [candidate.hospital for candidate in ranking.candidates]


def test_the_nearest_open_hospital_comes_first() -> None:
    assert order(rank(picture_of())) == ["H-1", "H-2", "H-3"]


def test_a_short_queue_is_worth_bounded_minutes() -> None:
    ranking = rank(picture_of(waiting=(5, 0, 0)))
    assert order(ranking) == ["H-2", "H-1", "H-3"]
    assert [reason.code for reason in ranking.candidates[0].reasons] == ["better_reception"]
    assert ranking.candidates[2].eta.minutes > ranking.candidates[1].eta.minutes + 4


def test_a_hospital_that_lacks_what_the_patient_needs_is_left_out() -> None:
    ranking = rank(picture_of(), 1, Capability.TRAUMA, Capability.ADVANCED)
    assert order(ranking) == ["H-3"]
    assert {e.hospital: e.reasons[0].code for e in ranking.excluded} == {"H-1": "lacks", "H-2": "lacks"}
    assert "other_city" in [reason.code for reason in ranking.candidates[0].reasons]


@pytest.mark.parametrize(("priority", "shown"), [(1, ["H-2", "H-3", "H-1"]), (2, ["H-2", "H-3"])])
def test_a_diverting_hospital_is_last_or_left_out_by_the_rule(priority: int, shown: list[str]) -> None:
    ranking = rank(picture_of(diverting=(True, False, False)), priority)
    assert order(ranking) == shown
    shown_reasons = [r.code for c in ranking.candidates if c.hospital == "H-1" for r in c.reasons]
    excluded_reasons = [r.code for e in ranking.excluded if e.hospital == "H-1" for r in e.reasons]
    assert "diverting" in shown_reasons + excluded_reasons


def test_a_hospital_of_a_city_out_of_sight_is_not_taken_for_open() -> None:
    picture = picture_of()
    view = picture.sight[ZHUZHOU]
    view.sight, view.since = Sight.OFFLINE, NOW - timedelta(minutes=30)
    last = rank(picture).candidates[-1]
    assert (last.hospital, last.open_known) == ("H-3", False)
    assert "status_city_offline" in [reason.code for reason in last.reasons]


def test_of_two_alike_the_one_known_to_be_open_comes_first() -> None:
    picture = picture_of()
    del picture.hospital_status[HospitalId("H-1")]
    ranking = rank(picture)
    assert order(ranking)[:2] == ["H-2", "H-1"]
    assert "status_never" in [reason.code for reason in ranking.candidates[1].reasons]


def test_a_diversion_that_can_no_longer_be_confirmed_still_ranks_last() -> None:
    picture = picture_of(diverting=(True, False, False))
    old = picture.hospital_status[HospitalId("H-1")].model_copy(update={"said_at": NOW - timedelta(hours=3)})
    picture.hospital_status[HospitalId("H-1")] = old
    last = rank(picture).candidates[-1]
    assert last.hospital == "H-1"
    assert {"diverting", "status_old"} <= {reason.code for reason in last.reasons}


# --- an emergency patient goes to an emergency department


def speciality_picture() -> Picture:
    """Specialised hospitals beside the patient, a general one 10 km away."""
    special = [
        hospital("H-CHEST", CHANGSHA, 28.201, 112.97, emergency=False),
        hospital("H-CHILDREN", CHANGSHA, 28.202, 112.97, Capability.PAEDIATRIC, emergency=False),
        hospital("H-BIRTH", CHANGSHA, 28.203, 112.97, Capability.OBSTETRIC, emergency=False),
        hospital("H-BONES", CHANGSHA, 28.204, 112.97, Capability.TRAUMA, emergency=False),
    ]
    general = hospital("H-GENERAL", CHANGSHA, 28.29, 112.97, Capability.TRAUMA)
    return empty_picture([*special, general])


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ((), ["H-GENERAL"]),
        ((Capability.ADVANCED,), ["H-GENERAL"]),
        ((Capability.TRAUMA,), ["H-GENERAL"]),
        ((Capability.PAEDIATRIC,), ["H-CHILDREN"]),
        ((Capability.NEONATAL,), ["H-CHILDREN"]),
        ((Capability.OBSTETRIC, Capability.ADVANCED), ["H-BIRTH"]),
        ((Capability.PAEDIATRIC, Capability.TRAUMA), []),
    ],
)
def test_only_a_need_with_a_reception_of_its_own_goes_past_the_emergency_department(
    needs: tuple[Capability, ...], expected: list[str]
) -> None:
    assert order(rank(speciality_picture(), 1, *needs)) == expected


def test_a_hospital_without_an_emergency_department_says_so_in_both_languages() -> None:
    left_out = {e.hospital: e.reasons for e in rank(speciality_picture(), 1, Capability.TRAUMA).excluded}
    assert [r.code for r in left_out[HospitalId("H-BONES")]] == ["no_emergency"]
    assert [r.code for r in left_out[HospitalId("H-CHEST")]] == ["no_emergency", "lacks"]
    (reason,) = left_out[HospitalId("H-BONES")]
    assert explain(reason, "en") == "no general emergency department"
    assert explain(reason, "zh_CN") == "缺：急诊科"


SPECIALISED = re.compile("妇幼|儿童|胸科|职业病|脑科|公共卫生|伤科|精神")


def test_the_shipped_hospitals_have_an_emergency_department_unless_they_are_specialised() -> None:
    shipped = load().hospitals
    without = {h.id for h in shipped if Capability.EMERGENCY not in h.capabilities}
    assert without == {h.id for h in shipped if SPECIALISED.search(h.name.zh)}
    assert 0 < len(without) < len(shipped) / 3


def test_beside_every_shipped_hospital_an_unspecified_emergency_goes_to_a_general_one() -> None:
    configuration = load()
    picture = configuration.new_picture()
    for beside in configuration.hospitals:
        request = HospitalRequest(position=beside.position, city=beside.city, priority=Priority(1))
        first = rank_hospitals(picture, request, configuration.dispatch_rules, NOW).candidates[0]
        assert Capability.EMERGENCY in picture.hospitals[first.hospital].capabilities


@pytest.mark.parametrize("need", sorted(set(Capability) - {Capability.PAEDIATRIC, Capability.NEONATAL}))
def test_only_a_child_is_taken_to_a_childrens_hospital(need: Capability) -> None:
    configuration = load()
    rules, children = configuration.dispatch_rules, "CS-H-CHILDREN"
    beside = next(h for h in configuration.hospitals if h.id == children)
    request = HospitalRequest(
        position=beside.position, city=beside.city, priority=Priority(1), needs=frozenset({need})
    )
    assert children not in order(rank_hospitals(configuration.new_picture(), request, rules, NOW))


def test_an_emergency_department_is_shown_but_is_neither_equipment_nor_a_need_to_choose() -> None:
    assert Capability.EMERGENCY not in UNIT_CAPABILITIES
    assert Capability.EMERGENCY not in CAPABILITY_WORDS
    assert capability_text(frozenset({Capability.EMERGENCY, Capability.TRAUMA})) == "急诊 创伤"


def test_a_patient_far_from_every_city_is_doubted() -> None:
    request = HospitalRequest(position=at(39.9, 116.4), city=CHANGSHA, priority=Priority(1))
    ranking = rank_hospitals(picture_of(), request, DISPATCH_RULES, NOW)
    assert [reason.code for reason in ranking.advice] == ["far_outside"]


def test_when_no_hospital_suits_it_is_said() -> None:
    ranking = rank(picture_of(), 1, Capability.BURNS)
    assert (order(ranking), [reason.code for reason in ranking.advice]) == ([], ["no_hospital"])


@given(
    waiting=st.tuples(*[st.integers(0, 9)] * 3),
    diverting=st.tuples(*[st.booleans()] * 3),
    priority=st.integers(1, 3),
)
@settings(max_examples=100, deadline=None)
def test_every_hospital_is_accounted_for_and_the_slack_is_kept(
    waiting: tuple[int, int, int], diverting: tuple[bool, bool, bool], priority: int
) -> None:
    ranking = rank(picture_of(waiting=waiting, diverting=diverting), priority)
    assert sorted([*order(ranking), *(e.hospital for e in ranking.excluded)]) == ["H-1", "H-2", "H-3"]
    ready = [c.eta.minutes for c in ranking.candidates if c.open_known]
    if ready:
        assert ready[0] <= min(ready) + (2, 4, 6)[priority - 1]
