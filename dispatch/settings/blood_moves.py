"""config/blood/moves.toml, joined.toml and expected_issue.toml."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from dispatch.blood.expected_issue import ExpectedIssue
from dispatch.blood.joined_models import JoinedRules
from dispatch.blood.move_rules import MoveRules
from dispatch.domain.blood import Component
from dispatch.language import _
from dispatch.settings.files import TomlFile, config_file


def load_move_rules(components: Iterable[Component], user_dir: Path | None = None) -> MoveRules:
    """The rules; BadConfiguration when the file is wrong or names a component there is not."""
    file = TomlFile(config_file("blood/moves.toml", user_dir))
    rules = file.read(MoveRules)
    _check(file, [one.component for one in rules.components], components)
    return rules


def load_joined_rules(components: Iterable[Component], user_dir: Path | None = None) -> JoinedRules:
    """config/blood/joined.toml; BadConfiguration when it is wrong or names a component there is not."""
    file = TomlFile(config_file("blood/joined.toml", user_dir))
    rules = file.read(JoinedRules)
    _check(file, [one.component for one in rules.components], components)
    return rules


def _check(file: TomlFile, named: Sequence[str], components: Iterable[Component]) -> None:
    known = sorted(component.code for component in components)
    for row, code in enumerate(named):
        if code not in known:
            allowed = ", ".join(known)
            problem = _("{name}: no such component; allowed: {allowed}", name=code, allowed=allowed)
            raise file.wrong(("components", row, "component"), problem)


def load_expected_issue(components: Iterable[Component], user_dir: Path | None = None) -> ExpectedIssue:
    """config/blood/expected_issue.toml; BadConfiguration when it is wrong or names no such component."""
    file = TomlFile(config_file("blood/expected_issue.toml", user_dir))
    rules = file.read(ExpectedIssue)
    known = sorted(component.code for component in components)
    for code in rules.per_million_day:
        if code not in known:
            allowed = ", ".join(known)
            problem = _("{name}: no such component; allowed: {allowed}", name=code, allowed=allowed)
            raise file.wrong(("per_million_day", code), problem)
    return rules
