"""Every command of the console, once: keys, palette, command line, help and key card are made of these."""

from dispatch.console.commands.advising import Mass, Next
from dispatch.console.commands.aids import (
    Accept,
    Answer,
    Ask,
    CancelAid,
    Decline,
    HandTo,
    Lend,
    Release,
    Telephone,
)
from dispatch.console.commands.alarms import (
    About,
    Acknowledge,
    AcknowledgeAll,
    MuteBell,
    Shelve,
    Unshelve,
)
from dispatch.console.commands.base import GROUPS, Command
from dispatch.console.commands.blood import Blood
from dispatch.console.commands.blood_moves import BloodCover, KeepMove
from dispatch.console.commands.blood_orders import BLOOD_ORDER_COMMANDS
from dispatch.console.commands.blood_views import Days, Expiring, Label, Lots, Rare, Stock, Trend
from dispatch.console.commands.cards import Card
from dispatch.console.commands.claims import ActOnClaim
from dispatch.console.commands.crews import (
    Arrive,
    AtHospital,
    EnRoute,
    Free,
    Out,
    Pause,
    Reassign,
    Recall,
    Send,
    SetState,
    Station,
    Transport,
)
from dispatch.console.commands.drills import DrillEnd, DrillGo, DrillPause, DrillSpeed, Inject
from dispatch.console.commands.incidents import Choose, New, Open, Pane, Point, ToHospital
from dispatch.console.commands.life import (
    Amend,
    Chase,
    Close,
    Hold,
    Join,
    NoneFree,
    Note,
    Orders,
    Reinforce,
    Timeline,
    Undo,
    Wake,
)
from dispatch.console.commands.line import Registry
from dispatch.console.commands.map import ExportMap, Follow, Rings, Routes
from dispatch.console.commands.navigation import (
    SCREEN_WORDS,
    Find,
    Goto,
    Help,
    Refresh,
    ShowCity,
    ShowState,
    Zoom,
)
from dispatch.console.commands.people import BreakGlass, Callers, EraseCallers, SignIn, SignOut
from dispatch.console.commands.printing import Print
from dispatch.console.commands.shifts import Desks, Handover
from dispatch.console.commands.system import Density, Lang, Line, Palette, Quit, Symbols, UseTheme, Width
from dispatch.console.commands.tour import TakeTour

__all__ = ["COMMANDS", "GROUPS", "Command", "Registry", "registry"]

COMMANDS: tuple[type[Command], ...] = (
    New, Point, Open, Join, Chase,
    Choose, Send, Next, Mass, ToHospital, Recall, Reassign, Pane, Refresh, Orders, Undo,
    Hold, Wake, Amend, Note, Reinforce, NoneFree, Close, Timeline,
    SetState, EnRoute, Arrive, Transport, AtHospital, Free, Station, Out, Pause,
    Blood, BloodCover, KeepMove,
    Stock, Days, Lots, Rare, Expiring, Trend, Label,
    ActOnClaim,
    *BLOOD_ORDER_COMMANDS, Print,
    Acknowledge, AcknowledgeAll, Shelve, Unshelve, MuteBell, About,
    Answer, Lend, Accept, Decline, Ask, HandTo, CancelAid, Release, Telephone,
    Desks, Handover,
    Inject, DrillEnd, DrillPause, DrillGo, DrillSpeed,
    Find, Goto, ShowCity, ShowState, Zoom, Follow, Rings, Routes, ExportMap,
    Callers, EraseCallers, SignIn, SignOut, BreakGlass,
    Card, TakeTour, Help, Lang, UseTheme, Symbols, Width, Density, Line, Palette, Quit,
)  # fmt: skip


def registry() -> Registry:
    """All commands; the name of a screen standing alone shows that screen."""
    shorthand = {
        word: f"goto {screen}" for screen, words in SCREEN_WORDS.items() for word in (screen, *words)
    }
    return Registry(COMMANDS, shorthand)
