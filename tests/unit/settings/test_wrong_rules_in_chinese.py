"""Rules that contradict themselves are refused in the language in use: no English is left in Chinese."""

import pytest
from pydantic import ValidationError

from dispatch.blood.forecast import Forecast
from dispatch.blood.rules import PhaseRule
from dispatch.domain.model import Frozen
from dispatch.settings.travel import TableSettings
from dispatch.wrong_values import wrong_value

WRONG: list[tuple[type[Frozen], dict[str, object], str]] = [
    (PhaseRule, {"component": "red_cells", "target_days": 1, "red_days": 2, "back_days": 0}, "天数须递减"),
    (
        Forecast,
        {"bank": "B", "component": "c", "group": "A+", "daily_issue": 1, "weekday": [2] * 7},
        "系数平均值须为 1",
    ),
    (TableSettings, {"engine": "osrm", "url": "ftp://x"}, "须形如"),
]


def complaints(model: type[Frozen], given: dict[str, object]) -> str:
    with pytest.raises(ValidationError) as wrong:
        model.model_validate(given)
    return " ".join(wrong_value(error) for error in wrong.value.errors())


@pytest.mark.parametrize(("model", "given", "said"), WRONG)
def test_a_rule_that_contradicts_itself_is_refused_in_chinese(
    model: type[Frozen], given: dict[str, object], said: str
) -> None:
    assert said in complaints(model, given)
