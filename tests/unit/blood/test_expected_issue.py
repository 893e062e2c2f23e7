"""What banks are expected to issue where nobody has counted, and wrong files about moves."""

from pathlib import Path

import pytest

from dispatch.blood.expected_issue import ExpectedIssue, expected_forecasts
from dispatch.domain.blood import BloodGroup
from dispatch.domain.errors import BadConfiguration
from dispatch.settings import config_dir
from dispatch.settings.blood_moves import load_expected_issue, load_joined_rules, load_move_rules
from tests.unit.blood.move_world import world
from tests.unit.decide.decide_world import BLOOD_RULES, shipped

RULES = ExpectedIssue.model_validate(shipped("blood/expected_issue.toml"))
COMPONENTS = BLOOD_RULES.components.components


def test_the_issue_of_a_city_is_that_of_its_people_and_the_first_bank_has_the_main_part() -> None:
    picture = world(per_city=3)
    forecasts = expected_forecasts(picture.banks.values(), picture.cities, RULES)
    changsha = [one for one in forecasts if one.bank.startswith("CS") and one.component == "platelets"]
    assert sum(one.daily_issue for one in changsha) == pytest.approx(3.2 * 10.5)
    main = sum(one.daily_issue for one in changsha if one.bank == "CS-B-1")
    assert main == pytest.approx(0.75 * 3.2 * 10.5)
    negative = sum(one.daily_issue for one in changsha if not one.group.rhd_positive)
    assert negative == pytest.approx(0.005 * 3.2 * 10.5)
    assert {one.group for one in forecasts} == set(BloodGroup)


def test_the_only_bank_of_a_city_issues_all_of_it() -> None:
    picture = world()
    forecasts = expected_forecasts(picture.banks.values(), picture.cities, RULES)
    mine = [one.daily_issue for one in forecasts if (one.bank, one.component) == ("XT-B-1", "platelets")]
    assert sum(mine) == pytest.approx(3.2 * 2.7)


@pytest.mark.parametrize(
    ("name", "load", "right", "wrong"),
    [
        ("moves", load_move_rules, 'component = "platelets"', 'component = "platelet"'),
        ("joined", load_joined_rules, 'component = "platelets"', 'component = "platelet"'),
        ("expected_issue", load_expected_issue, "platelets = 3.2", "platelet = 3.2"),
        ("moves", load_move_rules, 'nightly_at = "21:00"', 'nightly_at = "25:00"'),
        ("joined", load_joined_rules, "hours = [0.30", "hours = [0.40"),
        ("expected_issue", load_expected_issue, "O = 0.34", "O = 0.44"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(
    tmp_path: Path, name: str, load: type, right: str, wrong: str
) -> None:
    text = (config_dir() / "blood" / f"{name}.toml").read_text("utf-8")
    assert right in text
    (tmp_path / "blood").mkdir()
    (tmp_path / "blood" / f"{name}.toml").write_text(text.replace(right, wrong), "utf-8")
    with pytest.raises(BadConfiguration) as refused:
        load(COMPONENTS, tmp_path)
    assert f"{name}.toml" in refused.value.file
    assert refused.value.line >= 1
