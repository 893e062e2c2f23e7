"""The rest of a blood request: delivery, and of the patient only what the rule set needs to know."""

import re
from collections.abc import Callable, Sequence
from functools import partial

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from dispatch.console.dialogs.fields import ChoiceRow, Field
from dispatch.console.present import name_text
from dispatch.console.present_need import MODE_WORDS, RECIPIENT_WORDS
from dispatch.decide.blood_models import BloodNeed
from dispatch.decide.blood_questions import Patient, Question, questions
from dispatch.decide.blood_rules import CompatibilityTable, Mode, RecipientClass
from dispatch.domain.blood import Antigen, Attribute, BloodGroup, Component
from dispatch.language import N_, _

_LONGEST_NAME = 80
_WORDS = re.compile(r"[^\s,，、;；]+")
_FIELDS: dict[Question, str] = {"recipient": "recipient", "anti_d": "anti_d", "word": "physician"}
_ANTI_D = {False: N_("none known"), True: N_("present")}


def _said(word: str) -> Callable[[], str]:
    return lambda: _(word)


class PatientFields(Vertical):
    """What is left in a field that is not shown does not count: another group asks other things."""

    DEFAULT_CSS = "PatientFields { height: auto; }"

    def __init__(self, before: BloodNeed | None) -> None:
        super().__init__()
        self.before = before
        self._asked: frozenset[Question] = frozenset()
        self._attributes: tuple[Attribute, ...] | None = None
        self._antigens: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        before = self.before
        modes = [(mode, _said(word)) for mode, word in MODE_WORDS.items()]
        yield Field(
            "mode",
            lambda: _("Delivery"),
            ChoiceRow(modes, value=before.mode if before else None, id="mode"),
        )
        classes = [(each, _said(word)) for each, word in RECIPIENT_WORDS.items()]
        yield Field(
            "recipient",
            lambda: _("Patient"),
            ChoiceRow(classes, value=before.recipient if before else None, id="recipient"),
        )
        found = [(there, _said(word)) for there, word in _ANTI_D.items()]
        yield Field(
            "anti_d",
            lambda: _("Anti-D"),
            ChoiceRow(found, value=before.anti_d if before else None, id="anti_d"),
        )
        against = " ".join(sorted(before.antibodies)) if before else ""
        yield Field(
            "antibodies",
            lambda: _("Antibodies"),
            Input(against, id="antibodies", max_length=60),
            hint=lambda: _("others, e.g. K Jka; blank: none known"),
        )
        special: ChoiceRow[str] = ChoiceRow((), many=True, id="attributes")
        yield Field("attributes", lambda: _("Special"), special)
        given = (before.on_word_of if before else None) or ""
        yield Field(
            "physician",
            lambda: _("Physician"),
            Input(given, id="physician", max_length=_LONGEST_NAME),
            hint=lambda: _("name, if a physician allows another group"),
        )

    @property
    def mode(self) -> Mode:
        mode: Mode = self.query_one("#mode", ChoiceRow).value
        return mode

    def ask(
        self,
        component: Component,
        group: BloodGroup | None,
        table: CompatibilityTable,
        antigens: Sequence[Antigen],
    ) -> None:
        """Show the fields that matter for this component and group and the mode chosen here."""
        self._antigens = tuple(each.code for each in antigens if component.rule in each.rules)
        self.query_one("#field-antibodies", Field).display = bool(self._antigens)
        self._asked = questions(group, self.mode, table)
        for question, name in _FIELDS.items():
            self.query_one(f"#field-{name}", Field).display = question in self._asked
        if component.attributes != self._attributes:
            self._offer(component.attributes)

    def _offer(self, attributes: tuple[Attribute, ...]) -> None:
        first, self._attributes = self._attributes is None, attributes
        row = self.query_one("#attributes", ChoiceRow)
        row.offer([(each.code, partial(name_text, each.name)) for each in attributes])
        if first and self.before is not None:
            row.mark(sorted(self.before.attributes))
        self.query_one("#field-attributes", Field).display = bool(attributes)

    def answers(self, group: BloodGroup | None) -> Patient:
        """What was said, with the careful default for what was not asked."""
        asked, word = self._asked, self.query_one("#physician", Input).value.strip()
        recipient: RecipientClass = self.query_one("#recipient", ChoiceRow).value
        return Patient(
            group=group,
            mode=self.mode,
            recipient=recipient if "recipient" in asked else RecipientClass.UNKNOWN,
            anti_d="anti_d" in asked and self.query_one("#anti_d", ChoiceRow).value,
            on_word_of=(word or None) if "word" in asked else None,
        )

    @property
    def antibodies(self) -> frozenset[str]:
        """Antigens that antibodies other than anti-D are against, as typed; letter case tells C from c."""
        typed = self.query_one("#antibodies", Input).value if self._antigens else ""
        return frozenset(_WORDS.findall(typed))

    def wrong_antibodies(self) -> str:
        """What is wrong with the antibodies typed; empty when nothing is."""
        strangers = sorted(self.antibodies - set(self._antigens))
        if not strangers:
            return ""
        known = " ".join(self._antigens)
        return _("{antigen} is not known here; there are: {known}", antigen=strangers[0], known=known)

    @property
    def attributes(self) -> frozenset[str]:
        """What is asked of the lots; only what the component can be."""
        return frozenset(self.query_one("#attributes", ChoiceRow).values)
