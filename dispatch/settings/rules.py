"""The rule files of config/rules and config/blood as the decision room's models."""

from pathlib import Path
from typing import TypeVar

from dispatch.decide.rules import (
    BloodRules,
    CompatibilityRules,
    ComponentTable,
    DemandRules,
    DispatchRules,
    HospitalRules,
    RuleSet,
    SourcingRules,
    TravelRules,
    UnitRules,
)
from dispatch.domain.blood import Bank, ComponentCode
from dispatch.language import _
from dispatch.settings.files import TomlFile, config_file
from dispatch.settings.lines import KeyPath
from dispatch.settings.map import MapData

R = TypeVar("R", bound=RuleSet)


def load_rules(
    banks: tuple[Bank, ...], ground: MapData, user_dir: Path | None = None
) -> tuple[DispatchRules, BloodRules]:
    """Both rule books; BadConfiguration when a file is wrong or names a component or bank there is not.

    Where travel.toml draws no river of its own, the river of the map parts the banks.
    """
    travel, _travel_file = _rule_set("rules/travel.toml", TravelRules, user_dir)
    if not travel.river and ground.rivers:
        longest = max(ground.rivers, key=len)
        travel = travel.model_copy(update={"river": tuple((lat, lon) for lon, lat in longest)})
    units, _units_file = _rule_set("rules/units.toml", UnitRules, user_dir)
    hospitals, _hospitals_file = _rule_set("rules/hospitals.toml", HospitalRules, user_dir)
    components, component_file = _rule_set("blood/components.toml", ComponentTable, user_dir)
    compatibility, _tables_file = _rule_set("blood/compatibility.toml", CompatibilityRules, user_dir)
    sourcing, sourcing_file = _rule_set("blood/sourcing.toml", SourcingRules, user_dir)
    demand, demand_file = _rule_set("blood/demand.toml", DemandRules, user_dir)
    _check_tables(components, compatibility, component_file)
    _check_sourcing(sourcing, components, banks, sourcing_file)
    _check_demand(demand, components, demand_file)
    dispatch = DispatchRules(travel=travel, units=units, hospitals=hospitals)
    blood = BloodRules(
        travel=travel,
        components=components,
        compatibility=compatibility,
        sourcing=sourcing,
        demand=demand,
    )
    return dispatch, blood


def _rule_set(relative: str, model: type[R], user_dir: Path | None) -> tuple[R, TomlFile]:
    file = TomlFile(config_file(relative, user_dir))
    return file.read(model), file


def _check_tables(components: ComponentTable, compatibility: CompatibilityRules, file: TomlFile) -> None:
    for row, component in enumerate(components.components):
        if component.rule not in compatibility.tables:
            allowed = ", ".join(compatibility.tables)
            raise file.wrong(
                ("components", row, "rule"),
                _(
                    "{name}: no such compatibility table; allowed: {allowed}",
                    name=component.rule,
                    allowed=allowed,
                ),
            )


def _check_sourcing(
    sourcing: SourcingRules, components: ComponentTable, banks: tuple[Bank, ...], file: TomlFile
) -> None:
    known = {component.code for component in components.components}
    named = [(("floors", row, "component"), floor.component) for row, floor in enumerate(sourcing.floors)]
    named += [(("daily_issue", row, "component"), i.component) for row, i in enumerate(sourcing.daily_issue)]
    for at, code in named:
        if code not in known:
            allowed = ", ".join(sorted(known))
            raise file.wrong(
                at, _("{name}: no such component; allowed: {allowed}", name=code, allowed=allowed)
            )
    known_banks = {bank.id for bank in banks}
    of_banks = [(("daily_issue", row, "bank"), i.bank) for row, i in enumerate(sourcing.daily_issue)]
    of_banks += [(("rounds", row, "bank"), r.bank) for row, r in enumerate(sourcing.rounds) if r.bank]
    for at, bank in of_banks:
        if bank not in known_banks:
            allowed = ", ".join(sorted(known_banks))
            raise file.wrong(at, _("{name}: no such bank; allowed: {allowed}", name=bank, allowed=allowed))


def _check_demand(demand: DemandRules, components: ComponentTable, file: TomlFile) -> None:
    known = {component.code for component in components.components}
    named: list[tuple[KeyPath, ComponentCode]] = [
        (("western_unit", code), code) for code in demand.western_unit
    ]
    named += [(("packs", row, "contents"), c) for row, pack in enumerate(demand.packs) for c in pack.contents]
    for at, code in named:
        if code not in known:
            allowed = ", ".join(sorted(known))
            raise file.wrong(
                at, _("{name}: no such component; allowed: {allowed}", name=code, allowed=allowed)
            )
