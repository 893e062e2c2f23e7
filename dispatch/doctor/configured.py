"""The configuration: can it be read, what of it is the user's own, and is it ready for work."""

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from dispatch.console.cards import check_cards
from dispatch.console.commands import registry
from dispatch.console.keymap import load_keymap
from dispatch.console.limits import load_manners
from dispatch.console.overrides import load_override_reasons
from dispatch.doctor.finding import Finding, Level
from dispatch.doctor.rules import load_doctor_rules
from dispatch.domain.errors import BadConfiguration
from dispatch.language import _
from dispatch.settings import Configuration, config_dir, config_file, load, user_folder
from dispatch.settings.brokers import load_brokers
from dispatch.settings.claims import load_claim_rules
from dispatch.settings.exchange import load_exchange_words
from dispatch.settings.readiness import PLACEHOLDER_END

Read = tuple[Configuration | None, list[Finding]]


def look(user_dir: Path | None) -> Read:
    """The configuration when it can be used, and what was found; every file of it is read."""
    try:
        folder = user_folder(user_dir)
        configuration = load(user_dir)
    except BadConfiguration as error:
        return None, [_refused(error)]
    found = [finding for read in _others(configuration, user_dir) if (finding := _tried(read)) is not None]
    found += list(_overrides(folder))
    found += list(_placeholders(configuration))
    if not any(finding.level is Level.FAULT for finding in found):
        facts = {"cities": len(configuration.cities), "units": len(configuration.units),
                 "folder": str(folder or "")}  # fmt: skip
        said = _("{units} units in {cities} cities; every file can be used",
                 units=len(configuration.units), cities=len(configuration.cities))  # fmt: skip
        found.insert(0, Finding("configuration.files", Level.GOOD, said, facts=facts))
    return configuration, found


def _others(configuration: Configuration, user_dir: Path | None) -> Iterator[Callable[[], object]]:
    """What the console and other commands read beside it."""
    known = registry()
    yield lambda: load_keymap(config_file("keymap.toml", user_dir), known.names())
    yield lambda: load_manners(config_file("console.toml", user_dir))
    yield lambda: load_override_reasons(config_file("override_reasons.toml", user_dir))
    yield lambda: check_cards(configuration.cards, known)
    yield lambda: load_doctor_rules(user_dir)
    yield lambda: load_brokers(configuration, user_dir)
    yield lambda: load_claim_rules(user_dir)
    yield lambda: load_exchange_words(user_dir)


def _tried(read: Callable[[], object]) -> Finding | None:
    try:
        read()
    except BadConfiguration as error:
        return _refused(error)
    return None


def _refused(error: BadConfiguration) -> Finding:
    return Finding(
        "configuration.files",
        Level.FAULT,
        str(error),
        _(
            "mend line {line} of {file}; czt config check says whether it is right",
            line=error.line,
            file=error.file,
        ),
        {"file": error.file, "line": error.line},
    )


def _overrides(folder: Path | None) -> Iterator[Finding]:
    """Each file of the user's that stands in place of a shipped one, and whether that has moved on since."""
    if folder is None:
        said = _("no folder of your own: everything is as shipped")
        yield Finding("configuration.own", Level.NOTE, said)
        return
    own = sorted(path for path in folder.rglob("*.toml") if path.is_file())
    replaced = [path for path in own if (config_dir() / path.relative_to(folder)).is_file()]
    names = ", ".join(str(path.relative_to(folder)) for path in replaced) or _("none")
    said = _("{folder} replaces: {names}", folder=folder, names=names)
    yield Finding("configuration.own", Level.NOTE, said, facts={"folder": str(folder), "files": names})
    for path in replaced:
        mine, shipped = _edition(path), _edition(config_dir() / path.relative_to(folder))
        if mine and shipped and mine < shipped:
            name = str(path.relative_to(folder))
            facts = {"file": name, "yours": mine, "shipped": shipped}
            yield Finding(
                f"configuration.{name}",
                Level.WARNING,
                _("your {file} is of edition {yours}, the shipped one of {shipped}", **facts),
                _(
                    'compare the two, take over what is new, and write edition = "{shipped}" into yours',
                    shipped=shipped,
                ),
                facts,
            )


def _edition(path: Path) -> str:
    try:
        return str(tomllib.loads(path.read_text("utf-8")).get("edition", ""))
    except (OSError, ValueError):
        return ""


def _placeholders(configuration: Configuration) -> Iterator[Finding]:
    for city, link in configuration.settings.links.items():
        if link.host.endswith(PLACEHOLDER_END):
            yield Finding(
                f"configuration.links.{city}",
                Level.FAULT,
                _("links.{city}: {host} is a placeholder", city=city, host=link.host),
                _("write the name of its broker into [links.{city}] of settings.toml", city=city),
                {"city": city, "host": link.host},
            )
