"""Alarms on shortage: one for each city, component and group, silent about what is unseen."""

from datetime import timedelta

import pytest

from dispatch import language
from dispatch.blood.book import CoverBook
from dispatch.console.present_alarms import alarm_sentence
from dispatch.desk.shortages import Shortages
from dispatch.domain.alarms import Alarm, AlarmId, AlarmState, Severity
from dispatch.picture.cities import Sight
from dispatch.settings import load
from tests.unit.blood.blood_world import (
    CHANGSHA,
    HOUSE,
    MAIN,
    NOW,
    O_NEG,
    O_POS,
    PLATELETS,
    RED,
    blood_tables,
    count,
    lot,
    picture,
    rules,
    tell,
)

RINGS = AlarmId("stock_short:changsha:red_cells:O+")


class City:
    """Changsha with 4 units of O+ red cells asked for a day; `hold` counts anew and judges."""

    def __init__(self) -> None:
        self.picture, self.raised, self.now = picture(), list[Alarm](), NOW
        self.book = CoverBook(rules(), blood_tables())
        self.shortages = Shortages(self.picture, rules(), self.raised.append)
        tell(self.picture, MAIN, {(RED, O_POS): 4, (RED, O_NEG): 0, (PLATELETS, O_POS): 4})
        self.rest = [lot(90, 90, 900, component=PLATELETS), lot(91, 9, 900, group=O_NEG)]

    def hold(self, units: int) -> Alarm | None:
        self.now += timedelta(seconds=1)
        count(self.picture, MAIN, [lot(1, units, 900), *self.rest], at=self.now)
        return self.judge()

    def judge(self) -> Alarm | None:
        self.shortages.judge(self.book.look(self.picture, self.now), self.now)
        return self.picture.alarms.by_id.get(RINGS)


def test_an_alarm_comes_below_the_threshold_and_goes_well_above_it() -> None:
    city = City()
    assert city.hold(40) is None
    assert city.hold(9) is None  # pre-amber has no severity
    first = city.hold(7)
    assert first is not None
    assert (first.severity, first.state, first.code) == (
        Severity.ADVISORY,
        AlarmState.UNACKNOWLEDGED,
        "stock_short",
    )
    for units in (9, 7, 9, 8):
        held = city.hold(units)
        assert held is not None
        assert held.state is AlarmState.UNACKNOWLEDGED
    gone = city.hold(10)
    assert gone is not None
    assert gone.state is AlarmState.RETURNED
    assert len(city.raised) == 1


def test_a_worse_phase_rings_anew_and_an_acknowledged_one_stays_seen_until_then() -> None:
    city = City()
    city.hold(7)
    city.picture.alarms.acknowledge(RINGS, "王芳")
    held = city.hold(6)
    assert held is not None
    assert held.state is AlarmState.ACKNOWLEDGED
    worse = city.hold(3)
    assert worse is not None
    assert (worse.severity, worse.state) == (Severity.WARNING, AlarmState.UNACKNOWLEDGED)


def test_what_cannot_be_seen_neither_raises_nor_clears() -> None:
    city = City()
    city.hold(7)
    city.picture.sight[CHANGSHA].sight = Sight.OFFLINE
    held = city.hold(90)
    assert held is not None
    assert held.state is AlarmState.UNACKNOWLEDGED
    other = City()
    other.picture.sight[CHANGSHA].sight = Sight.SILENT
    assert other.hold(0) is None


def test_one_old_count_hides_no_shortage_but_clears_none_either() -> None:
    city = City()
    count(city.picture, HOUSE, [lot(50, 1, 900)], at=NOW - timedelta(hours=9))
    raised = city.hold(6)
    assert raised is not None
    held = city.hold(90)
    assert held is not None
    assert held.state is AlarmState.UNACKNOWLEDGED
    count(city.picture, HOUSE, [lot(50, 1, 900)], at=city.now)
    cleared = city.judge()
    assert cleared is not None
    assert cleared.state is AlarmState.RETURNED


def test_a_city_short_of_everything_rings_once_for_each_group_and_component_that_rules_name() -> None:
    city = City()
    city.rest = []
    city.hold(0)
    city.hold(0)
    assert sorted(alarm.id for alarm in city.raised) == [
        "stock_short:changsha:red_cells:O+",
        "stock_short:changsha:red_cells:O-",
    ]


@pytest.mark.parametrize(
    ("speech", "said"),
    [
        ("zh_CN", "changsha：品种red_cells O+ 可用 1.8 天，余 7 U"),
        ("en", "changsha: red_cells O+ lasts 1.8 days, 7 U left"),
    ],
)
def test_the_sentence_names_city_component_group_and_days_in_either_language(speech: str, said: str) -> None:
    language.use(speech)
    city = City()
    alarm = city.hold(7)
    assert alarm is not None
    assert alarm_sentence(alarm, city.picture.cities) == said


def test_too_few_of_a_rare_group_is_an_advisory_and_none_of_it_a_warning() -> None:
    city = City()
    loudness = []
    for units in (1, 0, 1, 9):
        city.rest[1] = lot(91, units, 900, group=O_NEG)
        city.hold(40)
        found = city.picture.alarms.by_id.get(AlarmId("stock_short:changsha:red_cells:O-"))
        loudness.append(found.severity if found and found.state is AlarmState.UNACKNOWLEDGED else None)
    assert loudness[:2] == [Severity.ADVISORY, Severity.WARNING]
    assert loudness[2] is Severity.ADVISORY
    assert loudness[3] is None


def test_the_shipped_shortages_are_never_critical_and_louder_where_it_is_worse() -> None:
    said = load().cover_rules.severity
    assert (said.pre_amber, said.amber, said.red) == (None, Severity.ADVISORY, Severity.WARNING)
    assert (said.floor, said.none_left) == (Severity.ADVISORY, Severity.WARNING)
