"""A database of many days is made through the real centre, and costs a day's work no more than a new one.

CZT_DAYS makes it longer: `python -m tests.load.years` measures three years.
"""

import os
from pathlib import Path

import pytest

from dispatch.audit import archive
from dispatch.centre.looking import read_incidents
from dispatch.domain.incidents import IncidentState
from tests.load.years import AT_ONCE, PER_DAY, make_years, measure, text_of

DAYS = int(os.environ.get("CZT_DAYS", "4"))


def test_the_same_seed_makes_the_same_days(tmp_path: Path) -> None:
    made = [make_years(tmp_path / name / "centre.db", 1, said=lambda _line: None) for name in "ab"]
    first, second = ([one.id for one in read_incidents(one.path, 1_000)] for one in made)
    assert first == second
    assert len(first) == len(set(first)) == PER_DAY


@pytest.mark.slow
def test_days_of_work_are_whole_and_every_incident_has_its_end(tmp_path: Path) -> None:
    made = make_years(tmp_path / "centre.db", DAYS, said=lambda _line: None)
    costs = measure(made)
    print(f"\n{text_of(made, costs, costs)}")
    assert made.incidents == DAYS * PER_DAY
    assert costs.rows > made.incidents * 10
    assert costs.month_rows >= min(costs.rows, 25 * PER_DAY)
    assert len(archive.segments(made.path)) == costs.segments
    ended = read_incidents(made.path, 2 * AT_ONCE)[20:]
    assert {one.state for one in ended} == {IncidentState.CLOSED}
