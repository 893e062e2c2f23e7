"""A fault in one handler is told and written down; the console goes on."""

from typing import TYPE_CHECKING, Any, Protocol, cast

from textual.message import Message
from textual.message_pump import MessagePump

from dispatch.decide.refused import refused
from dispatch.domain.errors import AuditUnavailable, DispatchError
from dispatch.language import _
from dispatch.text import safe_text

if TYPE_CHECKING:
    Pump = MessagePump
else:
    Pump = object


def said_error(error: DispatchError) -> str:
    """A refusal as one sentence in the language in use."""
    if isinstance(error, AuditUnavailable):
        return _("The audit log cannot be written, so nothing was done: {why}", why=safe_text(error))
    return safe_text(refused(error))


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
