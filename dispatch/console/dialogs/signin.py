"""Signing in: pick the name, type the password; or come in without one, with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import Input, Static

from dispatch.console.dialogs.base import Dialog
from dispatch.console.dialogs.fields import LABEL_CELLS, Field
from dispatch.console.dialogs.reason import ReasonDialog
from dispatch.console.faults import said_error
from dispatch.console.people import operator_text
from dispatch.console.ports import Desk
from dispatch.console.widgets.reasons import ReasonList
from dispatch.domain.errors import DispatchError
from dispatch.domain.model import Name
from dispatch.domain.operators import ROLE_NAMES, Role
from dispatch.language import _
from dispatch.text import fit, fold, matches

_SHOWN = 9


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody signed in; `message` says who."""

    message: str


@dataclass(frozen=True, slots=True)
class WithoutPassword:
    """Break-glass is wanted; by whom is asked there, for the list always stands on somebody."""


class SignInDialog(Dialog[SignedIn | WithoutPassword]):
    """A digit picks the name, Enter goes from the password on. It stays until the password is right.

    A site with more than nine operators gets a field to search in: Chinese, pinyin or the account.
    """

    DEFAULT_CSS = """
    SignInDialog #who { margin: 1 0 1 0; }
    SignInDialog #hint { color: $warning; height: auto; }
    """
    BINDINGS = [
        Binding("f9", "break_glass", show=False),
        Binding("enter", "go_on", show=False),
    ]

    def __init__(self, desk: Desk, *, operator: str = "", leavable: bool = True) -> None:
        """`operator` stands first; a dialog that is not `leavable` covers a form that must not be lost."""
        super().__init__()
        self.desk, self.leavable = desk, leavable
        self.known = sorted(desk.operators(), key=lambda one: one[0] != operator)
        self.offered = self._fitting("")
        self.checking = False

    def content(self) -> ComposeResult:
        if len(self.known) > _SHOWN:
            search = Input(id="search", select_on_focus=False, max_length=40)
            yield Field("search", lambda: _("Operator"), search, hint=lambda: _("name, pinyin or account"))
        yield ReasonList(self._lines(), id="who")
        password = Input(password=True, id="password", max_length=200)
        yield Field("password", lambda: _("Password"), password)
        if any(self.desk.wants_code(one[0]) for one in self.known):
            code = Input(id="code", max_length=12)
            yield Field("code", lambda: _("Code"), code, hint=lambda: _("six digits, with a second factor"))
        yield Static("", id="hint")

    def on_mount(self) -> None:
        super().on_mount()
        who = self.query_one(ReasonList)
        if self.known:
            who.at = 0
        self.query_one("#search" if len(self.known) > _SHOWN else "#who").focus()

    def title_text(self) -> str:
        return _("Sign in")

    def keys_text(self) -> str:
        leave = _("Esc look only") if self.leavable else _("the form below waits for you")
        return "   ".join([_("1-9 name"), _("Enter go on"), _("F9 without a password"), leave])

    def relabel(self) -> None:
        super().relabel()
        who = self.query_one(ReasonList)
        at = who.at
        who.give(self._lines())
        who.at = at

    # -- picking --

    def _fitting(self, typed: str) -> Sequence[tuple[str, Name, Role]]:
        if not typed:
            return self.known[:_SHOWN]
        scored = [(matches(typed, (one[0], one[1].zh, one[1].en)), one) for one in self.known]
        best = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
        return [one for _score, one in best[:_SHOWN]]

    def _lines(self) -> list[str]:
        return [
            f"{fit(operator_text(self.desk, operator, 24), 24)} {_(ROLE_NAMES[role])}"
            for operator, _name, role in self.offered
        ]

    @property
    def operator(self) -> str:
        """The account that is picked; empty when none fits."""
        at = self.query_one(ReasonList).at
        return "" if at is None or at >= len(self.offered) else self.offered[at][0]

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "search":
            self.offered = self._fitting(event.value.strip())
            who = self.query_one(ReasonList)
            who.give(self._lines())
            who.at = 0 if self.offered else None
            who.refresh()
        elif event.input.id == "password":
            self._complain("")
            self._hint(event.value)

    def _hint(self, typed: str) -> None:
        """Nobody sees what an input method puts into a hidden field: say when it is at work."""
        foreign = not fold(typed).isascii()
        said = _("an input method is on: switch it to English for the password") if foreign else ""
        self.query_one("#hint", Static).update(Text(said))

    def on_reason_list_taken(self) -> None:
        self.query_one("#password").focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "password" and self._code_is_missing():
            self.query_one("#code").focus()
        elif event.input.id in ("password", "code"):
            self.action_confirm()
        else:
            self.query_one("#password").focus()

    def action_go_on(self) -> None:
        self.query_one("#password").focus()

    # -- answering --

    def confirm(self) -> None:
        password = self.query_one("#password", Input)
        if not self.operator:
            self._complain(_("pick a name first"))
        elif not password.value:
            self._complain(_("is missing"))
            password.focus()
        elif self._code_is_missing():
            self._complain(_("type the six digits of your authenticator as well"))
            self.query_one("#code").focus()
        elif not self.checking:
            self.checking = True
            self.run_worker(self._sign_in(self.operator, password.value, self._code()), exit_on_error=False)

    def _code(self) -> str:
        """What stands in the field of the code; empty where nobody has a second factor."""
        return "".join(field.value.strip() for field in self.query("#code").results(Input))

    def _code_is_missing(self) -> bool:
        return self.desk.wants_code(self.operator) and not self._code()

    async def _sign_in(self, operator: str, password: str, code: str) -> None:
        self._complain(_("being checked"))
        try:
            outcome = await self.desk.sign_in(operator, password, code)
            done, said = outcome.ok, outcome.message
        except DispatchError as error:
            done, said = False, said_error(error)
        finally:
            self.checking = False
        if not self.is_mounted:
            return  # left in the meantime: the result line shows who sits here
        if done:
            self.dismiss(SignedIn(said))
            return
        field = self.query_one("#password", Input)
        for emptied in (field, *self.query("#code").results(Input)):
            with emptied.prevent(Input.Changed):
                emptied.value = ""
        self._complain(said)
        field.focus()

    def _complain(self, wrong: str) -> None:
        self.query_one("#field-password", Field).complain(wrong)

    def action_break_glass(self) -> None:
        self.dismiss(WithoutPassword())

    def action_leave(self) -> None:
        if self.leavable:
            super().action_leave()
        else:
            self._complain(_("sign in, or press F9: what you typed below is kept"))


@dataclass(frozen=True, slots=True)
class BrokenGlass:
    """Who comes in without a password, and why: a code of the agreed reasons or free text."""

    operator: str
    reason: str


class BreakGlassDialog(ReasonDialog[BrokenGlass]):
    """A name, which nobody fills in beforehand; then a digit gives the reason, Enter or F7 comes in."""

    DEFAULT_CSS = f"BreakGlassDialog #read-as {{ padding-left: {LABEL_CELLS + 1}; color: $dim; }}"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.configuration.incident_words.break_glass)
        self.desk = desk

    def fields(self) -> Sequence[Widget]:
        who = Input(id="who", max_length=40, select_on_focus=False)
        field = Field("who", lambda: _("Your name"), who, hint=lambda: _("name, pinyin or account"))
        return [field, Static("", id="read-as")]

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#who").focus()

    def title_text(self) -> str:
        return _("In without a password")

    def nouns(self) -> Sequence[str]:
        return [_("You work as a dispatcher, at once and without a password")]

    def warnings(self) -> Sequence[str]:
        return [_("An alarm is raised, and everything you do is logged as break-glass")]

    @property
    def typed(self) -> str:
        """The name as it was typed."""
        return self.query_one("#who", Input).value.strip()

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "who":
            self.query_one("#field-who", Field).complain("")
            self.query_one("#read-as", Static).update(Text(self._read_as()))

    def on_input_submitted(self, event: Input.Submitted | None = None) -> None:
        """Enter after the name goes on to the reasons."""
        if event is not None and event.input.id == "who" and self.typed and not self.reason():
            self.query_one(ReasonList).focus()
        else:
            self.action_confirm()

    def confirm(self) -> None:
        missing = "" if self.typed else _("type your name: it stands in the log beside all you do")
        self.query_one("#field-who", Field).complain(missing)
        if missing:
            self.query_one("#who").focus()
        else:
            super().confirm()

    def answer(self, reason: str) -> BrokenGlass:
        return BrokenGlass(account_of(self.typed, self.desk) or self.typed, reason)

    def _read_as(self) -> str:
        if not self.typed:
            return ""
        account = account_of(self.typed, self.desk)
        if account:
            return _("logged as {name}", name=operator_text(self.desk, account, 24))
        return _("logged as typed: no account has this name")


def account_of(typed: str, desk: Desk) -> str:
    """The account of a name in full, or of the one operator whom Latin letters fit; empty when in doubt."""
    wanted = fold(typed)
    for operator, name, _role in desk.operators():
        if wanted in (operator, fold(name.zh), fold(name.en)):
            return operator
    if not wanted.isascii():
        return ""
    fitting = [one[0] for one in desk.operators() if matches(wanted, (one[0], one[1].zh, one[1].en))]
    return fitting[0] if len(fitting) == 1 else ""
