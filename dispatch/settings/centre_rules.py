"""lending.toml and alarms.toml: what the centre of a city goes by, beside its rights."""

from collections.abc import Sequence
from pathlib import Path

from dispatch.blood.order_rules import BloodOrderRules
from dispatch.centre.rules import ALARM_TIMERS, AlarmRules, CentreRules, LendingRules, StandingRule
from dispatch.domain.blood import Bank, Component
from dispatch.domain.geography import City
from dispatch.domain.hospitals import Hospital
from dispatch.domain.operators import Rights
from dispatch.language import _
from dispatch.settings.claims import load_claim_rules
from dispatch.settings.complaints import key_text, nearest
from dispatch.settings.files import TomlFile, config_file


def load_centre_rules(
    cities: Sequence[City],
    hospitals: Sequence[Hospital],
    rights: Rights,
    reserve: tuple[float, float, float],
    user_dir: Path | None = None,
    *,
    banks: Sequence[Bank] = (),
    components: Sequence[Component] = (),
) -> CentreRules:
    """All that a centre goes by; BadConfiguration with file and line when a file is wrong.

    `reserve`: lending_reserve of rules/units.toml, so that the console and the centre keep the same.
    """
    return CentreRules(
        lending=_lending(cities, user_dir),
        alarms=_alarms(user_dir),
        rights=rights,
        reserve=reserve,
        known_hospitals=frozenset(str(hospital.id) for hospital in hospitals),
        blood=_blood(banks, components, user_dir),
        banks={bank.id: bank.city for bank in banks},
        prefixes={city.code: city.prefix for city in cities},
        claims=load_claim_rules(user_dir),
    )


def _lending(cities: Sequence[City], user_dir: Path | None) -> LendingRules:
    file = TomlFile(config_file("lending.toml", user_dir))
    content = file.read(LendingRules)
    _check_rising(file, content)
    known = [city.code for city in cities]
    pairs: set[tuple[str, str]] = set()
    for row, rule in enumerate(content.standing):
        _check_pair(file, row, rule, known)
        pair = (rule.lender, rule.borrower)
        if pair in pairs:
            raise file.wrong(
                ("standing", row),
                _("{lender} and {borrower} stand here twice", lender=pair[0], borrower=pair[1]),
            )
        pairs.add(pair)
        if rule.mode == "automatic" and not content.signed_by:
            raise file.wrong(
                ("standing", row, "mode"),
                _("an automatic rule lends without asking anybody: signed_by must say who agreed to it"),
            )
    return content


def _blood(banks: Sequence[Bank], components: Sequence[Component], user_dir: Path | None) -> BloodOrderRules:
    file = TomlFile(config_file("blood/orders.toml", user_dir))
    content = file.read(BloodOrderRules)
    known_banks, known = {bank.id for bank in banks}, {one.code for one in components}
    for row, limits in enumerate(content.limits):
        at = ("limits", row, "component")
        if limits.component not in known:
            allowed = ", ".join(sorted(known))
            problem = _(
                "{name}: no such component; allowed: {allowed}", name=limits.component, allowed=allowed
            )
            raise file.wrong(at, problem)
    for row, rule in enumerate(content.automatic):
        if rule.bank not in known_banks:
            allowed = ", ".join(sorted(known_banks))
            problem = _("{name}: no such blood bank; allowed: {allowed}", name=rule.bank, allowed=allowed)
            raise file.wrong(("automatic", row, "bank"), problem)
        if not content.signed_by:
            problem = _(
                "an automatic rule confirms without asking anybody: signed_by must say who agreed to it"
            )
            raise file.wrong(("automatic", row, "bank"), problem)
    if content.unanswered_warn_s > content.unanswered_alarm_s:
        raise file.wrong(
            ("unanswered_alarm_s",), _("times must rise: unanswered_warn_s <= unanswered_alarm_s")
        )
    return content


def _check_pair(file: TomlFile, row: int, rule: StandingRule, known: Sequence[str]) -> None:
    for side, city in (("lender", rule.lender), ("borrower", rule.borrower)):
        if city not in known:
            allowed = ", ".join(known)
            problem = _("{name}: there is no such city; allowed: {allowed}", name=city, allowed=allowed)
            raise file.wrong(("standing", row, side), problem)
    if rule.lender == rule.borrower:
        raise file.wrong(("standing", row, "borrower"), _("a city does not borrow from itself"))
    if rule.most_per_request > rule.most_at_once:
        raise file.wrong(
            ("standing", row, "most_per_request"),
            _("most_per_request is more than most_at_once: so many could never be lent"),
        )


def _check_rising(file: TomlFile, rules: LendingRules) -> None:
    if not rules.warn_s <= rules.alarm_s <= rules.answer_s:
        raise file.wrong(("answer_s",), _("times must rise: warn_s <= alarm_s <= answer_s"))


def _alarms(user_dir: Path | None) -> AlarmRules:
    file = TomlFile(config_file("alarms.toml", user_dir))
    content = file.read(AlarmRules)
    for name, timer in content.timers.items():
        at = ("timers", name)
        if name not in ALARM_TIMERS:
            near, listed = nearest(name, list(ALARM_TIMERS)), ", ".join(ALARM_TIMERS)
            problem = _(
                "{key}: there is no such timer; did you mean: {listed}",
                key=key_text(at),
                listed=near or listed,
            )
            raise file.wrong(at, problem)
        if timer.warn_s is not None and timer.alarm_s is not None and timer.warn_s > timer.alarm_s:
            raise file.wrong(at, _("{key}: warn_s must not be more than alarm_s", key=key_text(at)))
    missing = [name for name in ALARM_TIMERS if name not in content.timers]
    if missing:
        problem = _(
            "timers are missing, write {{}} for one that never rings: {missing}", missing=", ".join(missing)
        )
        raise file.wrong(("timers",), problem)
    orders = content.orders
    if not orders.unanswered_s <= orders.unacknowledged_s <= orders.escalated_s:
        problem = _("times must rise: unanswered_s <= unacknowledged_s <= escalated_s")
        raise file.wrong(("orders", "escalated_s"), problem)
    return content
