"""config/blood/moves.toml."""

from collections.abc import Iterable
from pathlib import Path

from dispatch.blood.move_rules import MoveRules
from dispatch.domain.blood import Component
from dispatch.language import _
from dispatch.settings.files import TomlFile, config_file


def load_move_rules(components: Iterable[Component], user_dir: Path | None = None) -> MoveRules:
    """The rules; BadConfiguration when the file is wrong or names a component there is not."""
    file = TomlFile(config_file("blood/moves.toml", user_dir))
    rules = file.read(MoveRules)
    known = {component.code for component in components}
    for row, one in enumerate(rules.components):
        if one.component not in known:
            allowed = ", ".join(sorted(known))
            problem = _("{name}: no such component; allowed: {allowed}", name=one.component, allowed=allowed)
            raise file.wrong(("components", row, "component"), problem)
    return rules
