"""config/blood/cover.toml, checked against the components there are."""

from pathlib import Path

from dispatch.blood.rules import CoverRules
from dispatch.domain.blood import Component
from dispatch.language import _
from dispatch.settings.files import TomlFile, config_file


def load_cover(components: tuple[Component, ...], user_dir: Path | None = None) -> CoverRules:
    """The rules of cover; BadConfiguration names the component that does not exist."""
    file = TomlFile(config_file("blood/cover.toml", user_dir))
    rules = file.read(CoverRules)
    known = {component.code for component in components}
    named = [(("phases", row, "component"), phase.component) for row, phase in enumerate(rules.phases)]
    named += [(("floors", row, "component"), floor.component) for row, floor in enumerate(rules.floors)]
    for at, code in named:
        if code not in known:
            allowed = ", ".join(sorted(known))
            raise file.wrong(
                at, _("{name}: no such component; allowed: {allowed}", name=code, allowed=allowed)
            )
    return rules
