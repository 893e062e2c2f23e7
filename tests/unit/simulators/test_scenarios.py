from datetime import date
from pathlib import Path

import pytest

from dispatch.domain.drills import EVENTS
from dispatch.domain.errors import BadConfiguration
from dispatch.language import LANGUAGES, current, use
from simulators.scenarios import load_scenario, scenario_files
from tests.unit.simulators.simulated_world import configuration

GOOD = """name = { zh = "试", en = "try" }
description = { zh = "试", en = "try" }
start = 09:30:00
seed = 1

[[event]]
kind = "bridge_closed"
at_min = 3
bridge = "CS-R-YINGPAN"
for_min = 4
"""


@pytest.fixture(autouse=True)
def in_english() -> object:
    before = current()
    use("en")
    yield
    use(before)


@pytest.mark.parametrize("name", sorted(scenario_files()))
def test_every_shipped_scenario_can_be_read_and_speaks_both_languages(name: str) -> None:
    scenario = load_scenario(scenario_files()[name], configuration())
    for language in LANGUAGES:
        assert scenario.name.text(language)
        assert scenario.description.text(language)
    assert scenario.origin(date(2026, 11, 24)).utcoffset() is not None


def test_the_drills_that_the_console_promises_are_there() -> None:
    assert {"quiet-shift", "border-crash", "zhuzhou-link-lost", "blood-shortage"} <= set(scenario_files())


def test_the_assumptions_are_no_scenario() -> None:
    assert "simulation" not in scenario_files()


@pytest.mark.parametrize(
    ("wrong", "right", "line", "words"),
    [
        ("CS-R-NOWHERE", "CS-R-YINGPAN", 9, "not configured"),
        ('"bridge_shut"', '"bridge_closed"', 7, "no kind of event"),
        ("brigde =", "bridge =", 9, "did you mean bridge"),
        ('at_min = "3"', "at_min = 3", 8, "must be a number"),
        ("at_min = -3", "at_min = 3", 8, "at least"),
        ("sead = 1", "seed = 1", 4, "did you mean seed"),
    ],
)
def test_a_wrong_scenario_is_refused_with_its_line_and_what_is_allowed(
    tmp_path: Path, wrong: str, right: str, line: int, words: str
) -> None:
    file = tmp_path / "drill.toml"
    file.write_text(GOOD.replace(right, wrong), encoding="utf-8")
    with pytest.raises(BadConfiguration, match=words) as refused:
        load_scenario(file, configuration())
    assert refused.value.line == line
    assert refused.value.file == str(file)


def test_a_good_scenario_is_read(tmp_path: Path) -> None:
    file = tmp_path / "drill.toml"
    file.write_text(GOOD, encoding="utf-8")
    assert [event.kind for event in load_scenario(file, configuration()).event] == ["bridge_closed"]


def test_a_folder_of_ones_own_may_add_a_drill(tmp_path: Path) -> None:
    (tmp_path / "drills").mkdir()
    (tmp_path / "drills" / "mine.toml").write_text(GOOD, encoding="utf-8")
    files = scenario_files(tmp_path)
    assert "mine" in files
    assert "quiet-shift" in files


def test_links_that_are_lost_are_told_in_order_to_whoever_runs_the_drill() -> None:
    scenario = load_scenario(scenario_files()["zhuzhou-link-lost"], configuration())
    outages = scenario.link_outages()
    assert [outage.city for outage in outages] == ["zhuzhou"] * 2
    assert outages[0].at_min < outages[1].at_min


def test_every_kind_of_event_is_named_by_itself() -> None:
    for kind, model in EVENTS.items():
        assert model.model_fields["kind"].annotation.__args__ == (kind,)  # type: ignore[union-attr]


EVENT = GOOD[: GOOD.index("[[event]]")] + "[[event]]\n"


WRONG = {
    'kind = "mass_casualty"|at_min = 1|city = "changsha"|position = [31.2, 121.4]|place = "x"|patients = 3': (
        10,
        "none of the cities",
    ),
    'kind = "mass_casualty"|at_min = 1|city = "changsha"|position = [28.2, 113.0]|place = "x"|patients = 0': (
        12,
        "at least 1",
    ),
    'kind = "link_lost"|at_min = 1|city = "beijing"|for_min = 5': (9, "not configured; allowed: changsha"),
    'kind = "blood_shortage"|at_min = 1|city = "zhuzhou"|component = "milk"|leave = 0.5': (10, "allowed:"),
    'kind = "blood_shortage"|at_min = 1|city = "zhuzhou"|component = "platelets"|leave = 1.5': (
        11,
        "at most 1",
    ),
    'kind = "hospital_diverted"|at_min = 1|hospital = "CS-H-NONE"|for_min = 5': (9, "not configured"),
    'kind = "bridge_closed"|at_min = 1|bridge = "CS-R-NONE"|for_min = 5': (9, "allowed: CS-R"),
    'kind = "demand"|at_min = 1|city = "zhuzhou"|factor = 0.5|for_min = 5': (10, "at least 1"),
    'kind = "units_out"|at_min = 1|city = "zhuzhou"|share = 2|for_min = 5|reason = "x"': (10, "at most 1"),
}


@pytest.mark.parametrize("event", WRONG)
def test_each_kind_of_event_is_refused_with_its_line_and_what_is_allowed(tmp_path: Path, event: str) -> None:
    line, words = WRONG[event]
    file = tmp_path / "wrong.toml"
    file.write_text(EVENT + event.replace("|", "\n") + "\n", "utf-8")
    with pytest.raises(BadConfiguration) as wrong:
        load_scenario(file, configuration())
    assert words in str(wrong.value)
    assert f":{line}: " in str(wrong.value)
