"""Blood rules as data: components, compatibility and preference tables, sourcing limits."""

from collections.abc import Iterable
from datetime import time
from enum import StrEnum
from itertools import chain
from typing import Annotated, Literal

from pydantic import Field, model_validator

from dispatch.decide.rule_set import LONGEST_MIN, Minutes, RuleSet, Spread
from dispatch.domain.blood import Antigen, BankId, BloodGroup, Component, ComponentCode
from dispatch.domain.errors import UnknownName
from dispatch.domain.model import Frozen
from dispatch.language import _

Tiers = tuple[tuple[str, ...], ...]
"""Groups in order of preference; those of one tier are equally good."""
Mode = Literal["emergency", "ad_hoc", "stock"]
"""Blue light now; an ordinary drive now; with the next scheduled round."""
ANTI_D = "D"
"""The antibody that the blood group itself answers; all others are answered by `Antigen`."""


class RecipientClass(StrEnum):
    """What the rules must know of a patient besides the group; never who it is."""

    UNKNOWN = "unknown"  # nobody said: treated as carefully as the most vulnerable
    GENERAL = "general"
    CHILD_BEARING = "child_bearing"  # girls, and women of child-bearing age
    CHILD = "child"  # other children
    LONG_TERM = "long_term"  # long-term transfused


def check_preparation(component: Component) -> None:
    """ValueError where a component takes more than a day to prepare: no arrival could be reckoned."""
    if not component.preparation_min <= LONGEST_MIN:
        raise ValueError(
            _(
                "component {code}: preparation_min must be at most {limit}",
                code=component.code,
                limit=LONGEST_MIN,
            )
        )


class ComponentTable(RuleSet):
    """The components with their own units, lives and preparation times."""

    components: tuple[Component, ...] = Field(min_length=1)
    antigens: tuple[Antigen, ...] = Field(default=(), description="that a patient may have antibodies to")

    @model_validator(mode="after")
    def _one_of_each(self) -> "ComponentTable":
        codes = [component.code for component in self.components]
        if len(set(codes)) != len(codes):
            raise ValueError(_("a component code stands twice"))
        for component in self.components:
            check_preparation(component)
        antigens = [antigen.code for antigen in self.antigens]
        if len(set(antigens)) != len(antigens) or ANTI_D in antigens:
            raise ValueError(_("an antigen stands twice, or is D, which the blood group answers"))
        return self

    def negatives(self, antibodies: Iterable[str], rule: str) -> frozenset[str]:
        """The attributes that lots of a compatibility table must bear for a patient with these antibodies.

        UnknownName for an antibody that the rules do not hold: it is never passed over.
        """
        known = {antigen.code: antigen for antigen in self.antigens}
        for code in antibodies:
            if code not in known:
                raise UnknownName("antigen", code)
        return frozenset(known[code].negative for code in antibodies if rule in known[code].rules)


class CompatibilityTable(Frozen):
    """Which donor groups suit which recipient, and in which order they are offered.

    Keys are groups ("A-") where `by` is abo_rhd, ABO letters ("A") where it is abo. `order` is the
    routine order. `emergency` replaces it for RhD-negative patients without anti-D in emergency
    mode; what it adds beyond `compatible` is gated by `emergency_not_for`. `on_word` follows only
    on a physician's word. `unknown` holds the order for a patient of unknown group,
    `unknown_anti_d` the one that replaces it where anti-D shows the patient to be RhD-negative.
    """

    by: Literal["abo_rhd", "abo"]
    firewall: bool = Field(description="RhD-negative stock is kept for RhD-negative patients")
    compatible: dict[str, tuple[str, ...]]
    order: dict[str, Tiers]
    emergency: dict[str, Tiers] = {}
    emergency_not_for: tuple[RecipientClass, ...] = ()
    on_word: dict[str, Tiers] = {}
    unknown: dict[RecipientClass, Tiers]
    unknown_anti_d: Tiers = ()

    @model_validator(mode="after")
    def _sound(self) -> "CompatibilityTable":
        allowed = {key_of(group, self.by) for group in BloodGroup}
        if set(self.compatible) != allowed or set(self.order) != allowed:
            raise ValueError(
                _("compatible and order need exactly the keys {listed}", listed=", ".join(sorted(allowed)))
            )
        if set(self.unknown) != set(RecipientClass):
            raise ValueError(_("unknown needs exactly the keys {listed}", listed=", ".join(RecipientClass)))
        tables = (self.order, self.emergency, self.on_word)
        for recipient, tiers in chain.from_iterable(table.items() for table in tables):
            self._check_tiers(recipient, tiers, allowed)
        negative = {group for group in allowed if group.endswith("-")}
        if wrong := set(chain.from_iterable(self.unknown_anti_d)) - negative:
            raise ValueError(
                _("unknown_anti_d offers {listed}: RhD-negative groups only", listed=", ".join(sorted(wrong)))
            )
        for recipient, tiers in self.order.items():
            stray = set(chain.from_iterable(tiers)) - set(self.compatible[recipient])
            if stray:
                raise ValueError(
                    _(
                        "order of {group} offers {listed}: not compatible",
                        group=recipient,
                        listed=", ".join(sorted(stray)),
                    )
                )
        return self

    def _check_tiers(self, recipient: str, tiers: Tiers, allowed: set[str]) -> None:
        groups = list(chain.from_iterable(tiers))
        unknown = (set(groups) | {recipient}) - allowed
        if unknown:
            raise ValueError(_("{listed} is no group of this table", listed=", ".join(sorted(unknown))))
        if len(set(groups)) != len(groups):
            raise ValueError(_("a group stands twice in the tiers of {group}", group=recipient))
        if self.firewall and recipient.endswith("+") and any(g.endswith("-") for g in groups):
            raise ValueError(
                _("tiers of {group} break the firewall: they offer RhD-negative stock", group=recipient)
            )

    def key(self, group: BloodGroup) -> str:
        """The group as this table writes it."""
        return key_of(group, self.by)

    def pairs(self) -> int:
        """How many of the 64 (abo: 16) donor and recipient pairs are compatible."""
        return sum(len(donors) for donors in self.compatible.values())


def key_of(group: BloodGroup, by: str) -> str:
    """ "A-" by abo_rhd, "A" by abo."""
    return group.abo if by == "abo" else group.value


class CompatibilityRules(RuleSet):
    """One table per kind of component; `Component.rule` names the table."""

    tables: dict[str, CompatibilityTable] = Field(min_length=1)


class Floor(Frozen):
    """What a bank keeps of one component and group: a count, and days where daily issue is known."""

    component: ComponentCode
    group: BloodGroup | None = Field(default=None, description="none: every group without its own floor")
    lender: int = Field(ge=0, description="units kept when another city asks")
    own: int = Field(default=0, ge=0, description="units kept when its own city asks")
    lender_days: float = Field(default=0, ge=0, description="days of mean issue kept, where known")


class DailyIssue(Frozen):
    """Mean daily issue of a bank, from its own records."""

    bank: BankId
    component: ComponentCode
    group: BloodGroup
    units: float = Field(ge=0)


class Round(Frozen):
    """Scheduled deliveries of stock: times of day in China at which they leave, Monday = 1."""

    towards: Literal["own", "other"] = Field(description="hospitals of the bank's own city, or of another")
    bank: BankId | None = Field(default=None, description="none: every bank that has no rounds of its own")
    at: tuple[time, ...] = Field(min_length=1)
    weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = (1, 2, 3, 4, 5, 6, 7)


class SourcingRules(RuleSet):
    """Which bank to ask, what it keeps, how long it takes."""

    count_stale_min: float = Field(gt=0, description="an older count is never offered")
    count_warn_min: float = Field(gt=0, description="an older count is offered with its age")
    rank_silent_cities: bool
    use_within_min: Minutes = Field(description="life that must be left at the late end of arrival")
    packing_min: Spread
    confirmation_own_min: Spread = Field(description="until a bank of the own city confirms")
    confirmation_other_min: Spread = Field(description="until a bank of another city confirms")
    preparation_low: float = Field(gt=0, le=1, description="p10 of preparation as a share of its minutes")
    preparation_high: float = Field(ge=1, description="p90 of preparation as a share of its minutes")
    blue_light_modes: tuple[Mode, ...]
    arrival_slack_min: dict[Mode, Minutes] = Field(description="later banks rank behind, whatever they keep")
    harm_bands: tuple[float, ...] = Field(description="stock left over floor, falling: harm 0, 1, 2 ...")
    rounds: tuple[Round, ...] = ()
    floors: tuple[Floor, ...] = ()
    daily_issue: tuple[DailyIssue, ...] = ()

    def floor(self, component: ComponentCode, group: BloodGroup) -> Floor:
        """The floor of one component and group; none set means 0."""
        by_group: Floor | None = None
        for floor in self.floors:
            if floor.component == component and floor.group == group:
                return floor
            if floor.component == component and floor.group is None:
                by_group = floor
        return by_group or Floor(component=component, lender=0)

    def rounds_of(self, bank: BankId, *, own: bool) -> tuple[Round, ...]:
        """The scheduled deliveries of a bank towards its own city, or towards another."""
        towards = "own" if own else "other"
        fitting = [each for each in self.rounds if each.towards == towards]
        named = tuple(each for each in fitting if each.bank == bank)
        return named or tuple(each for each in fitting if each.bank is None)

    def issue(self, bank: BankId, component: ComponentCode, group: BloodGroup) -> float | None:
        """Mean daily issue where it is known."""
        for known in self.daily_issue:
            if (known.bank, known.component, known.group) == (bank, component, group):
                return known.units
        return None


class BloodTables(Frozen):
    """The three blood rule sets together."""

    components: ComponentTable
    compatibility: CompatibilityRules
    sourcing: SourcingRules

    @property
    def without_rhd(self) -> frozenset[ComponentCode]:
        """Components that suit by ABO alone, plasma and the like: their RhD sign parts no stock."""
        tables = self.compatibility.tables
        return frozenset(one.code for one in self.components.components if tables[one.rule].by == "abo")

    @model_validator(mode="after")
    def _tables_exist(self) -> "BloodTables":
        for component in self.components.components:
            if component.rule not in self.compatibility.tables:
                tables = ", ".join(self.compatibility.tables)
                raise ValueError(
                    _(
                        "component {code}: rule {rule} is not one of {listed}",
                        code=component.code,
                        rule=repr(component.rule),
                        listed=tables,
                    )
                )
        return self
