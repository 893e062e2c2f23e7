"""What a console is for whoever sits there: a dispatcher's, or one of a blood centre.

A trade chooses the first screen, the keys, what stands in the lines around the screen, what the help and
the palette offer and what is heard. It forbids nothing, which is for the table of rights to do.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dispatch.console.commands.base import GROUPS, Command
from dispatch.console.keymap import SCREENS
from dispatch.console.ports import Desk
from dispatch.domain.alarms import Alarm
from dispatch.domain.operators import Role

_BLOOD_GROUPS = frozenset({GROUPS[1], GROUPS[2], GROUPS[4]})
"""Blood, alarms, console."""
_BLOOD_BESIDES = frozenset({"find", "goto", "refresh", "choose", "new"})
_BLOOD_ALARMS = ("blood_", "stock_", "bank_")
_AMBULANCE_FACTS = frozenset({"incident", "unit"})


@dataclass(frozen=True, slots=True)
class Trade:
    """`name` is the table of its keys in keymap.toml; "": those of everybody."""

    name: str
    home: str
    screens: frozenset[str]
    ambulances: bool

    def shows(self, alarm: Alarm) -> bool:
        """Whether an alarm is one of this trade's."""
        if self.ambulances or alarm.code.startswith(_BLOOD_ALARMS):
            return True
        return _AMBULANCE_FACTS.isdisjoint(alarm.facts) and not alarm.code.startswith("aid_")

    @property
    def judge(self) -> Callable[[Alarm], bool] | None:
        """`shows`, or nothing where every alarm is shown: there may be a thousand of them."""
        return None if self.ambulances else self.shows

    def label(self, command: Command, screen: str) -> str:
        """What a key is called on a screen that has no word of its own for it: no unit is sent from here."""
        return command.label_on(screen) if self.ambulances or screen == "blood" else command.label()

    def offers(self, command: type[Command], desk: Desk) -> bool:
        """Whether help and palette tell of a command: one of this trade, which the role in use may do."""
        if self.ambulances:
            return True
        if command.group not in _BLOOD_GROUPS and command.name() not in _BLOOD_BESIDES:
            return False
        return command.right is None or not desk.may(command.right)

    def offered(self, commands: Iterable[type[Command]], desk: Desk) -> list[type[Command]]:
        return [command for command in commands if self.offers(command, desk)]


DISPATCH = Trade("", "incidents", frozenset(SCREENS) - {"bloodwork"}, ambulances=True)
BLOOD = Trade(
    "blood_staff",
    "bloodwork",
    frozenset({"bloodwork", "holds", "blood", "moves", "alarms", "quarantine", "help"}),
    ambulances=False,
)


def trade_of(desk: Desk, before: Trade) -> Trade:
    """The trade of whoever sits here; an empty seat keeps the last one."""
    if not desk.signed_in:
        return before
    return BLOOD if desk.role is Role.BLOOD_STAFF and not desk.break_glass else DISPATCH
