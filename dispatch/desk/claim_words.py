"""What a policy on blood fees, and the documents it asks for, are called in the language in use."""

from collections.abc import Mapping
from datetime import date

from dispatch.claims.policy import Policy
from dispatch.domain.errors import UnknownName
from dispatch.language import current
from dispatch.settings.configuration import Configuration
from dispatch.text import safe_text


def document_text(configuration: Configuration, document: str) -> str:
    """What a claim must bring, by its id in any policy; else as it was typed."""
    for policy in reversed(list(_policies(configuration).values())):
        for by in ("donor", "relatives"):
            if document in (known := policy.checklist(by)):
                return safe_text(known[document].text(current()))
    return safe_text(document)


def policy_text(configuration: Configuration, policy: str) -> str:
    """A policy by its title; one that is not there by the name of its file."""
    known = _policies(configuration).get(policy)
    return safe_text(policy if known is None else known.name.text(current()))


def checklist(configuration: Configuration, policy: str, used_on: str, by: str) -> Mapping[str, str]:
    """What a claim must bring, id to words; `policy` may be empty while none was applied to it."""
    rules = configuration.centre_rules.claims
    if rules is None:
        return {}
    try:
        found = rules.named(policy or rules.on(date.fromisoformat(used_on)))
    except (UnknownName, ValueError):
        return {}
    return {id_: safe_text(one.text(current())) for id_, one in found.checklist(by).items()}


def _policies(configuration: Configuration) -> Mapping[str, Policy]:
    rules = configuration.centre_rules.claims
    return {} if rules is None else rules.policies
