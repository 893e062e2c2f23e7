"""Letting something happen in the drill: which kind of event, and the few fields it has."""

from collections.abc import Callable

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Input, Static

from dispatch.console.dialogs.base import Dialog
from dispatch.console.dialogs.fields import ChoiceRow, Field
from dispatch.console.injecting import FIELD_NAMES, FIELDS, KIND_NAMES, USUAL, WrongField, event_of, tables
from dispatch.console.ports import Desk
from dispatch.console.results import Misread
from dispatch.language import _, current
from dispatch.text import matches, safe_text

_TYPED = tuple(name for name in FIELD_NAMES if name != "city")
_SHOWN = 6


class InjectDialog(Dialog[dict[str, object]]):
    """A digit picks the kind; only its fields are shown. Names: in Chinese, in pinyin, or as codes."""

    DEFAULT_CSS = """
    InjectDialog #hint { padding: 1 1 0 1; color: $dim; height: auto; }
    InjectDialog Field.-other { display: none; }
    """

    def __init__(self, desk: Desk, kind: str = "") -> None:
        super().__init__()
        self.desk, self.given = desk, kind or next(iter(KIND_NAMES))

    def content(self) -> ComposeResult:
        kinds = [(kind, _said(word)) for kind, word in KIND_NAMES.items()]
        yield Field("kind", lambda: _("What happens"), ChoiceRow(kinds, value=self.given, id="kind"))
        cities = [(code, _called(city.name.text)) for code, city in self.desk.picture.cities.items()]
        yield Field("city", lambda: _("City"), ChoiceRow(cities, value=self.desk.home_city, id="city"))
        for name in _TYPED:
            control = Input(USUAL.get(name, ""), id=name, max_length=60)
            yield Field(name, _said(FIELD_NAMES[name]), control)
        yield Static("", id="hint")

    @property
    def kind(self) -> str:
        kind: str = self.query_one("#kind", ChoiceRow).value
        return kind

    def title_text(self) -> str:
        return _("Let something happen in the drill")

    def keys_text(self) -> str:
        return _("1-8 what   Tab next field   F7 lets it happen   Esc leave")

    def relabel(self) -> None:
        super().relabel()
        self._show_fields()

    def on_choice_row_changed(self) -> None:
        self._show_fields()

    def on_input_changed(self) -> None:
        self._hint()

    def on_descendant_focus(self) -> None:
        self._hint()

    def on_input_submitted(self) -> None:
        self.focus_next()

    def _show_fields(self) -> None:
        wanted = FIELDS[self.kind]
        for name in FIELD_NAMES:
            field = self.query_one(f"#field-{name}", Field)
            field.set_class(name not in wanted, "-other")
            field.control.disabled = name not in wanted
            field.complain("")
        self._hint()

    def _hint(self) -> None:
        """What the field in which something is typed may name, or that it is felt at once."""
        focused = self.focused.id if self.focused is not None else ""
        said = ""
        if focused in ("bridge", "hospital", "component"):
            typed = self.query_one(f"#{focused}", Input).value.strip()
            known = [
                name.text(current())
                for code, name in tables(self.desk)[focused](self.desk)
                if not typed or matches(typed, (code, name.zh, name.en))
            ]
            more = " ..." if len(known) > _SHOWN else ""
            said = _(", ").join(safe_text(name, 40) for name in known[:_SHOWN]) + more
        elif focused == "place":
            typed = self.query_one("#place", Input).value.strip()
            found = (
                [one for one in self.desk.find(typed, 8) if one.position is not None][:_SHOWN]
                if typed
                else []
            )
            said = _(", ").join(safe_text(one.name.text(current()), 40) for one in found)
            said = said or _("the name of a site or hospital, or the number of an incident")
        self.query_one("#hint", Static).update(
            Text(said or _("It happens at once, and stands in the audit log."))
        )

    def confirm(self) -> None:
        said = {name: self.query_one(f"#{name}", Input).value for name in _TYPED}
        said["city"] = str(self.query_one("#city", ChoiceRow).value)
        for name in FIELD_NAMES:
            self.query_one(f"#field-{name}", Field).complain("")
        try:
            self.dismiss(event_of(self.desk, self.kind, said))
        except WrongField as wrong:
            self.query_one(f"#field-{wrong.field}", Field).complain(str(wrong))
            self.query_one(f"#{wrong.field}").focus()
        except Misread as several:
            self.query_one("#hint", Static).update(Text(str(several)))


def _said(sentence: str) -> Callable[[], str]:
    return lambda: _(sentence)


def _called(text: Callable[[str], str]) -> Callable[[], str]:
    return lambda: safe_text(text(current()), 24)
