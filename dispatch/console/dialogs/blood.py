"""The form for a blood request: four fields in the common case, and below what the rule set must know."""

from collections.abc import Callable
from datetime import datetime

from textual.app import ComposeResult
from textual.widgets import Input

from dispatch.console.dialogs.base import Dialog
from dispatch.console.dialogs.fields import ChoiceRow, Field, complaint_missing
from dispatch.console.dialogs.patient import PatientFields
from dispatch.console.dialogs.search import SearchField
from dispatch.console.moments import moment
from dispatch.console.ports import Desk
from dispatch.console.present import clock_text, group_text, name_text
from dispatch.decide.blood import BloodNeed
from dispatch.domain.blood import BloodGroup, Component, ComponentCode
from dispatch.domain.hospitals import HospitalId
from dispatch.language import _
from dispatch.picture.find import Found
from dispatch.text import fold, safe_text

_MOST = 100_000


class BloodDialog(Dialog[BloodNeed]):
    """Enter goes on, and ranks from the time; F7 ranks from any field."""

    def __init__(
        self,
        desk: Desk,
        before: BloodNeed | None = None,
        component: ComponentCode | None = None,
        group: BloodGroup | None = None,
    ) -> None:
        """`component` and `group` are what the cursor of the matrix stands on."""
        super().__init__()
        self.desk, self.before = desk, before
        self.component = component or (before.component if before else None)
        self.group = group or (before.group if before else BloodGroup.O_POS)

    def content(self) -> ComposeResult:
        before, picture = self.before, self.desk.picture
        components = [(c.code, self._component(c)) for c in picture.components.values()]
        groups: list[tuple[BloodGroup | None, Callable[[], str]]] = [
            (g, self._group(g)) for g in (*BloodGroup, None)
        ]
        yield Field(
            "component",
            lambda: _("Component"),
            ChoiceRow(components, value=self.component, id="component"),
        )
        yield Field("group", lambda: _("Group"), ChoiceRow(groups, value=self.group, id="group"))
        quantity = str(before.quantity) if before else ""
        yield Field(
            "quantity", lambda: _("Quantity"), Input(quantity, id="quantity", max_length=7), hint=self._unit
        )
        held = picture.hospitals.get(before.hospital) if before and before.hospital else None
        yield SearchField(
            "hospital",
            lambda: _("Hospital"),
            lambda text: self.desk.find(text, 20),
            ("hospital",),
            picture.cities,
            hint=lambda: _("name, pinyin or initials"),
            text=name_text(held.name) if held else "",
            picked=Found("hospital", held.id, held.name, held.city, held.position) if held else None,
        )
        by = clock_text(before.need_by) if before else "40min"
        yield Field(
            "need_by", lambda: _("Needed by"), Input(by, id="need_by"), hint=lambda: _("40min, 2h or 14:30")
        )
        # Another group is another patient: what was said of the one before is not taken over.
        yield PatientFields(before if before and before.group is self.group else None)

    def on_mount(self) -> None:
        super().on_mount()
        self._ask()

    @staticmethod
    def _component(component: Component) -> Callable[[], str]:
        return lambda: name_text(component.name)

    @staticmethod
    def _group(group: BloodGroup | None) -> Callable[[], str]:
        return lambda: group_text(group)

    def _chosen(self) -> Component:
        code: ComponentCode = self.query_one("#component", ChoiceRow).value
        return self.desk.picture.components[code]

    def _unit(self) -> str:
        return name_text(self._chosen().unit)

    def _ask(self) -> None:
        """Show below what the rule set must know for this component, group and way of sending."""
        component = self._chosen()
        rules = self.desk.configuration.blood_rules
        table = rules.compatibility.tables[component.rule]
        group = self.query_one("#group", ChoiceRow).value
        self.query_one(PatientFields).ask(component, group, table, rules.components.antigens)

    def title_text(self) -> str:
        return _("Blood request")

    def keys_text(self) -> str:
        return _("Tab next   arrows pick   F7 rank the banks   Esc leave")

    def on_choice_row_changed(self) -> None:
        self.query_one("#field-quantity", Field).relabel()
        self._ask()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id in ("need_by", "antibodies", "physician"):
            self.action_confirm()
        else:
            self.focus_next()

    def confirm(self) -> None:
        hospital, quantity = self._hospital(), self._quantity()
        typed = self.query_one("#need_by", Input).value
        need_by = moment(typed, self.desk.clock.now())
        self._complain("quantity", "" if quantity else _("a number from 1 to {most}", most=_MOST))
        self._complain("hospital", "" if hospital else self._hospital_wrong())
        self._complain("need_by", "" if need_by else _("a time such as 40min, 2h or 14:30"))
        antibodies = self.query_one(PatientFields).wrong_antibodies()
        self._complain("antibodies", antibodies)
        if hospital is None or quantity is None or need_by is None:
            wrong = "#quantity" if quantity is None else "#hospital" if hospital is None else "#need_by"
            self.query_one(wrong).focus()
            return
        if antibodies:
            self.query_one("#antibodies").focus()
            return
        self.dismiss(self._need(quantity, hospital, need_by))

    def _need(self, quantity: int, hospital: HospitalId, need_by: datetime) -> BloodNeed:
        rest = self.query_one(PatientFields)
        patient = rest.answers(self.query_one("#group", ChoiceRow).value)
        return BloodNeed(
            component=self._chosen().code,
            group=patient.group,
            quantity=quantity,
            hospital=hospital,
            need_by=need_by,
            mode=patient.mode,
            recipient=patient.recipient,
            anti_d=patient.anti_d,
            antibodies=rest.antibodies,
            attributes=rest.attributes,
            on_word_of=patient.on_word_of,
        )

    def _hospital(self) -> HospitalId | None:
        field = self.query_one("#field-hospital", SearchField)
        if field.picked is not None:
            return HospitalId(field.picked.id)
        found = (
            [each for each in self.desk.find(field.text, 20) if each.kind == "hospital"] if field.text else []
        )
        return HospitalId(found[0].id) if found else None

    def _hospital_wrong(self) -> str:
        text = self.query_one("#field-hospital", SearchField).text
        return _("no hospital is found for {text}", text=safe_text(text, 40)) if text else complaint_missing()

    def _quantity(self) -> int | None:
        typed = fold(self.query_one("#quantity", Input).value.strip())
        number = int(typed) if typed.isdecimal() else 0
        return number if 1 <= number <= _MOST else None

    def _complain(self, name: str, wrong: str) -> None:
        self.query_one(f"#field-{name}", Field).complain(wrong)
