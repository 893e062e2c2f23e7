"""config/blood: cover.toml, csv.toml and products.toml, checked against the components there are."""

from pathlib import Path

from dispatch.blood.csv_words import CsvWords, ProductTable
from dispatch.blood.rules import CoverRules
from dispatch.domain.blood import Component, ComponentCode
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


def load_csv_words(user_dir: Path | None = None) -> CsvWords:
    """How tables of blood stations are read; BadConfiguration when the file is wrong."""
    return TomlFile(config_file("blood/csv.toml", user_dir)).read(CsvWords)


def load_products(
    components: tuple[Component, ...], user_dir: Path | None = None
) -> dict[str, ComponentCode]:
    """What product codes mean here: the user's own table, else nothing; BadConfiguration when it is wrong."""
    file = TomlFile(config_file("blood/products.toml", user_dir))
    table = file.read(ProductTable)
    known = {component.code for component in components}
    for code, component in table.products.items():
        if component not in known:
            allowed = ", ".join(sorted(known))
            raise file.wrong(
                ("products", code),
                _("{name}: no such component; allowed: {allowed}", name=component, allowed=allowed),
            )
    return table.products
