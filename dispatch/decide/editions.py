"""The editions of rules that an answer went by, as people read them."""

from dispatch.language import N_, say
from dispatch.text import safe_text

_RULES = {
    "units": N_("unit choice"),
    "travel": N_("travel"),
    "hospitals": N_("hospital choice"),
    "compatibility": N_("compatibility"),
    "sourcing": N_("bank choice"),
    "joined": N_("blood for an incident"),
    "moves": N_("moves of blood"),
}
"""The rule sets that an edition names."""
_DRAFT = "draft"


def edition_text(edition: str, language: str) -> str:
    """ "units 2026-11 draft; travel 2026-11 draft" in a language, equal editions said once."""
    named: dict[str, list[str]] = {}
    for part in safe_text(edition).split("; "):
        rules, _space, version = part.partition(" ")
        named.setdefault(version, []).append(say(language, _RULES.get(rules, rules)))
    comma, semicolon = say(language, N_(", ")), say(language, N_("; "))
    return semicolon.join(
        f"{comma.join(rules)} {version_text(text, language)}".rstrip() for text, rules in named.items()
    )


def version_text(text: str, language: str) -> str:
    """An edition as it is written, only that a draft is called one in the language in use."""
    plain = text.removesuffix(_DRAFT).rstrip(", ")
    return text if plain == text else say(language, N_("{edition}, a draft"), edition=plain)
