"""Which right a command needs: the one place where keys, palette and command line are refused alike.

The desk checks once more whatever it is asked to do, and so does the centre.
"""

from dispatch.console.commands.base import Command
from dispatch.console.ports import Console
from dispatch.domain.operators import Right
from dispatch.language import _

FREE = frozenset(
    {
        *("pane", "refresh", "orders", "timeline", "find", "goto", "city", "state", "zoom", "about", "desks"),
        *("help", "lang", "theme", "symbols", "line", "palette", "quit", "signin", "signout", "breakglass"),
        *("card", "tour"),  # every step of a card is asked for its own right
        *("stock", "days", "lots", "rare", "expiring", "trend", "label", "bloodcover", "print"),
        *("follow", "rings", "routes", "export", "width", "density", "mute"),  # of this console alone
        "undo",  # takes back what this desk was allowed to do a moment ago; the desk asks again
        "ack",  # an alarm of this console alone may be seen by whoever sits here: the command looks which
        "release",  # by the lender or by the borrower: the command itself asks for the right it needs
    }
)
"""Commands that only look, that ask themselves, or that must be there for whoever is not signed in yet."""
NEEDS_SOMEBODY = frozenset({"ack", "undo", "release"})
"""Those among them that act: whoever sits here may find out, an empty seat may not."""
BY_SCREEN = {
    ("new", "blood"): Right.BLOOD,
    ("new", "bloodwork"): Right.BLOOD,
    ("new", ""): Right.INCIDENT,
    ("choose", "blood"): Right.BLOOD,
    ("choose", "bloodwork"): Right.BLOOD,
    ("choose", "holds"): Right.BLOOD,
    ("choose", "moves"): Right.BLOOD,
    ("choose", "aids"): Right.AID_ANSWER,
    ("choose", ""): Right.ORDER,
}
"""Commands that do another thing on another screen; "" is every screen that is not named."""


def right_of(command: Command, screen: str) -> Right | None:
    """The right that a command needs on a screen; None: everybody may, or it asks itself."""
    name = command.name()
    return BY_SCREEN.get((name, screen)) or BY_SCREEN.get((name, "")) or command.right


def refusal(command: Command, console: Console) -> str:
    """Why a command cannot be carried out now, as one sentence; empty when it can."""
    right = right_of(command, console.screen_name)
    acts = right is not None or command.name() in NEEDS_SOMEBODY
    if acts and not console.desk.signed_in:
        return not_signed_in(console)
    if right is not None and (why := console.desk.may(right)):
        return why
    return command.why_not(console)


def not_signed_in(console: Console) -> str:
    """That somebody has to sign in first, and with which key."""
    keys = console.keymap.keys_of("signin", console.screen_name)
    return _("nobody is signed in at this console: sign in first ({key})", key=keys[0] if keys else "signin")
