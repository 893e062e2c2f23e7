"""What banks are expected to issue where nobody has counted yet: people, use per person, shares."""

from collections.abc import Iterable, Mapping

from pydantic import Field, model_validator

from dispatch.blood.forecast import Forecast
from dispatch.decide.rule_set import Fraction, RuleSet
from dispatch.domain.blood import Bank, BloodGroup, ComponentCode
from dispatch.domain.geography import City, CityCode
from dispatch.language import _


class ExpectedIssue(RuleSet):
    """config/blood/expected_issue.toml."""

    main_bank: Fraction
    rhd_negative: Fraction
    fano: float = Field(ge=1, le=100)
    counts_as_days: int = Field(ge=1, le=366)
    abo: dict[str, Fraction]
    per_million_day: dict[ComponentCode, float]

    @model_validator(mode="after")
    def _whole(self) -> "ExpectedIssue":
        if set(self.abo) != {"O", "A", "B", "AB"} or abs(sum(self.abo.values()) - 1) > 1e-6:
            raise ValueError(_("abo needs O, A, B and AB, and their shares add up to 1"))
        if not all(0 <= value <= 1e6 for value in self.per_million_day.values()):
            raise ValueError(_("per_million_day: amounts must be from 0 to 1,000,000"))
        return self

    def share(self, group: BloodGroup) -> float:
        """The part of the people who have this group."""
        return self.abo[group.abo] * (1 - self.rhd_negative if group.rhd_positive else self.rhd_negative)


def expected_forecasts(
    banks: Iterable[Bank], cities: Mapping[CityCode, City], rules: ExpectedIssue
) -> list[Forecast]:
    """A forecast for every bank, component and group; the first bank of a city is its main one."""
    of_city: dict[CityCode, list[Bank]] = {}
    for bank in banks:
        of_city.setdefault(bank.city, []).append(bank)
    found = []
    for code, mine in of_city.items():
        others = (1 - rules.main_bank) / max(1, len(mine) - 1)
        for number, bank in enumerate(mine):
            share = 1.0 if len(mine) == 1 else rules.main_bank if number == 0 else others
            million = cities[code].population_million * share
            found += [
                Forecast(
                    bank=bank.id,
                    component=component,
                    group=group,
                    daily_issue=per_day * million * rules.share(group),
                    days=rules.counts_as_days,
                    fano=rules.fano,
                )
                for component, per_day in rules.per_million_day.items()
                for group in BloodGroup
            ]
    return found
