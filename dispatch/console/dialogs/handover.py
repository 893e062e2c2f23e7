"""The change of shift: what is shown is what is signed, by who leaves and by who comes."""

from dataclasses import dataclass, field

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from dispatch.console.dialogs.base import Dialog
from dispatch.console.dialogs.fields import Field, complaint_missing
from dispatch.console.dialogs.lending import scene_of
from dispatch.console.dialogs.people import PersonField
from dispatch.console.people import operator_text
from dispatch.console.ports import Desk
from dispatch.console.present_handover import sheet_cells
from dispatch.console.reasons import saying
from dispatch.console.theme import look
from dispatch.handover import HandoverSheet
from dispatch.language import _
from dispatch.text import hanging


@dataclass(frozen=True, slots=True)
class Signing:
    """The sheet as it was read, and who takes it over."""

    sheet: HandoverSheet
    incoming: str
    password: str = field(repr=False)
    remarks: str
    code: str = field(default="", repr=False)


_FRAME = 10
"""Cells beside the text of the sheet: borders, padding, the scroll bar."""


class Sheet(VerticalScroll, can_focus=True):
    """The text of the sheet; arrows and pages scroll it."""


class HandoverDialog(Dialog[Signing]):
    """Read with the arrows, then Tab to the names; F7 signs. Nothing is signed by Enter."""

    DEFAULT_CSS = """
    HandoverDialog > #box { width: 116; }
    HandoverDialog Sheet { height: 11; padding: 0 1; margin: 0 0 1 0; border-left: blank; }
    HandoverDialog Sheet:focus { border-left: heavy $accent; }
    HandoverDialog.-tall Sheet { height: 21; }
    HandoverDialog.-wall Sheet { height: 46; }
    HandoverDialog #sheet { height: auto; }
    """

    def __init__(self, desk: Desk, before: Signing | None = None, wrong: str = "") -> None:
        """`before` is what was not signed because of `wrong`: the sheet stays the one that was read."""
        super().__init__()
        self.desk, self.before, self.wrong = desk, before, wrong
        self.sheet = before.sheet if before else desk.handover_sheet()
        self.asks = bool(desk.operators())
        """Whether there are accounts: without any the names are taken as given, and no password is wanted."""

    def content(self) -> ComposeResult:
        with Sheet():
            yield Static("", id="sheet")
        remarks = Input(self.before.remarks if self.before else "", id="remarks", max_length=200)
        yield Field("remarks", lambda: _("Remarks"), remarks)
        yield PersonField(
            "incoming",
            lambda: _("Taken over by"),
            self.desk.operators(),
            self.before.incoming if self.before else "",
        )
        if self.asks:
            yield Field(
                "password",
                lambda: _("Password"),
                Input(id="password", password=True, max_length=200),
                hint=lambda: _("of who takes over"),
            )
        if any(self.desk.wants_code(one[0]) for one in self.desk.operators()):
            code = Input(id="code", max_length=12)
            yield Field("code", lambda: _("Code"), code, hint=lambda: _("six digits, with a second factor"))

    def on_mount(self) -> None:
        super().on_mount()
        if self.wrong:
            name = "password" if self.asks else "incoming"
            self.query_one(f"#field-{name}", Field).complain(self.wrong)
            self.query_one(f"#{name}").focus()

    def title_text(self) -> str:
        return _("Handover of the shift")

    def keys_text(self) -> str:
        return _("arrows read   Tab next field   F7 both sign   Esc leave")

    def relabel(self) -> None:
        super().relabel()
        styles = look(self.app.theme)
        outgoing = operator_text(self.desk, self.sheet.outgoing, 40)
        cells = sheet_cells(self.sheet, scene_of(self.desk), saying(self.desk), outgoing)
        room = min(116, self.app.size.width - 4) - _FRAME
        lines = [Text("\n".join(hanging(cell.text, room)), styles[cell.style]) for cell in cells]
        self.query_one("#sheet", Static).update(Text("\n").join(lines))

    def on_input_submitted(self) -> None:
        self.focus_next()

    def confirm(self) -> None:
        people = self.query_one("#field-incoming", PersonField)
        password = "".join(field.value for field in self.query("#password").results(Input))
        nobody = _("say who takes over") if self.asks else complaint_missing()
        people.complain("" if people.picked else nobody)
        missing = self.asks and not password
        if self.asks:
            self.query_one("#field-password", Field).complain(complaint_missing() if missing else "")
        if not people.picked:
            people.input.focus()
        elif missing:
            self.query_one("#password").focus()
        else:
            remarks = self.query_one("#remarks", Input).value.strip()
            code = "".join(field.value.strip() for field in self.query("#code").results(Input))
            self.dismiss(Signing(self.sheet, people.picked, password, remarks, code))
