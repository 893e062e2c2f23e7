"""What is said of the patient of a blood request, and what the rule set made of it."""

from collections.abc import Iterable, Iterator

from dispatch.console.present_scene import name_text
from dispatch.decide.blood_models import BloodNeed
from dispatch.decide.blood_questions import questions, tiers_of, withheld
from dispatch.decide.blood_rules import CompatibilityTable, Mode, RecipientClass
from dispatch.decide.substitution import suitability
from dispatch.domain.blood import BloodGroup, Component
from dispatch.language import N_, _
from dispatch.text import safe_text

MODE_WORDS: dict[Mode, str] = {
    "emergency": N_("emergency, blue light"),
    "ad_hoc": N_("soon, ordinary drive"),
    "stock": N_("stock, next round"),
}
RECIPIENT_WORDS: dict[RecipientClass, str] = {
    RecipientClass.UNKNOWN: N_("not stated"),
    RecipientClass.GENERAL: N_("other adult"),
    RecipientClass.CHILD_BEARING: N_("girl, woman of child-bearing age"),
    RecipientClass.CHILD: N_("other child"),
    RecipientClass.LONG_TERM: N_("long-term transfused"),
}


def need_text(need: BloodNeed, component: Component, table: CompatibilityTable) -> str:
    """How it is sent and what was said of the patient, as far as the rule set asks for it."""
    return "  ".join(_said(need, component, table))


def _said(need: BloodNeed, component: Component, table: CompatibilityTable) -> Iterator[str]:
    asked = questions(need.group, need.mode, table)
    yield _(MODE_WORDS[need.mode])
    if "recipient" in asked:
        yield _("patient: {recipient}", recipient=_(RECIPIENT_WORDS[need.recipient]))
    yield from special_text(need, component)


def special_text(need: BloodNeed, component: Component) -> Iterator[str]:
    """What the bank or a physician must know besides group and amount; nothing in the common case."""
    if need.anti_d:
        yield _("anti-D present")
    if need.antibodies:
        yield _("antibodies: {antigens}", antigens=" ".join(sorted(need.antibodies)))
    names = {attribute.code: name_text(attribute.name) for attribute in component.attributes}
    for code in sorted(need.attributes):
        yield safe_text(names.get(code, code), 40)
    if need.on_word_of is not None:
        yield _("on the word of {person}", person=safe_text(need.on_word_of, 40))


def rule_text(need: BloodNeed, table: CompatibilityTable) -> str:
    """The groups that the rule set offers this patient, in their order, and which ones it keeps back."""
    tiers = tiers_of(need, table)
    order = " > ".join("/".join(group.value for group in tier) for tier in tiers)
    said = [_("groups in order: {groups}", groups=order) if tiers else _("no group may be offered")]
    if groups := withheld(need, table):
        who = _(RECIPIENT_WORDS[need.recipient])
        said.append(_("not for this patient ({recipient}): {groups}", recipient=who, groups=_listed(groups)))
    if word := suitability(need, table).on_word:
        said.append(_("only on a physician's word: {groups}", groups=_listed(word)))
    return _("; ").join(said)


def _listed(groups: Iterable[BloodGroup]) -> str:
    there = frozenset(groups)
    return _(", ").join(group.value for group in BloodGroup if group in there)
