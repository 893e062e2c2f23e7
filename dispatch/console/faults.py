"""A fault in one handler is told and written down; the console goes on."""

from typing import TYPE_CHECKING, Any, Protocol, cast

from textual.message import Message
from textual.message_pump import MessagePump

from dispatch.decide.words import STATE_WORDS
from dispatch.domain.errors import (
    AuditUnavailable,
    DispatchError,
    IllegalTransition,
    MissingField,
    UnknownName,
)
from dispatch.language import _
from dispatch.text import safe_text

if TYPE_CHECKING:
    Pump = MessagePump
else:
    Pump = object


def said_error(error: DispatchError) -> str:
    """A refusal as one sentence in the language in use."""
    match error:
        case MissingField():
            return _("{field} is missing: {why}", field=safe_text(error.field), why=safe_text(error.why))
        case IllegalTransition():
            facts = {"state": _state(error.state), "wanted": _state(error.wanted)}
            legal = _(", ").join(map(_state, error.legal))
            return _("{wanted} does not follow from {state}; next may be: {legal}", legal=legal, **facts)
        case UnknownName():
            return _("no {kind} is called {name}", kind=safe_text(error.kind), name=safe_text(error.name))
        case AuditUnavailable():
            return _("The audit log cannot be written, so nothing was done: {why}", why=safe_text(error))
        case _:
            return safe_text(error)


def _state(name: str) -> str:
    """A state of a unit in words; one of something else by its name."""
    return _(STATE_WORDS[name]) if name in STATE_WORDS else safe_text(name)


class _Telling(Protocol):
    def tell_fault(self, where: str, error: Exception) -> None: ...


class Guarded(Pump):
    """Mixed in before a Textual class: an exception in a handler ends that handler only.

    Textual 8.2 stops the message pump of a widget whose handler raised, and then the app: this is the
    one place through which every message and event of a widget goes.
    """

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            app = cast("Any", self).app
            if self._closing or (self is not app and not app.is_running):
                return  # its children are gone before it is, or never came
            if not self._is_mounted:
                raise
            if not hasattr(app, "tell_fault"):
                raise  # a widget alone in another app has nobody to tell
            where = f"{type(self).__name__}.{message.handler_name}"
            cast("_Telling", app).tell_fault(where, error)
