"""The terminal: is there one, how large, how many colours, how wide it draws what Chinese and maps need."""

import curses
import os
import unicodedata
from collections.abc import Iterator, Mapping

from dispatch.console.symbols import SYMBOL_SETS, characters
from dispatch.doctor.asking import Asker, answers, widths
from dispatch.doctor.finding import Finding, Level
from dispatch.doctor.rules import DoctorRules
from dispatch.language import _

TRUE_COLOUR = 1 << 24


def look(
    rules: DoctorRules, ask: Asker | None, size: tuple[int, int] | None, environment: Mapping[str, str]
) -> Iterator[Finding]:
    """Everything about the terminal; `size` is columns and lines, None: no terminal is here."""
    if size is None:
        yield Finding(
            "terminal.present",
            Level.NOTE,
            _("there is no terminal here: commands and headless drills work, the console needs one"),
        )
        return
    yield _kind(environment)
    yield _size(rules, size)
    yield _colours(environment)
    yield from _widths(rules, ask)


def _kind(environment: Mapping[str, str]) -> Finding:
    kind = environment.get("TERM", "")
    if kind in ("", "dumb"):
        return Finding(
            "terminal.kind",
            Level.FAULT,
            _("TERM is {kind}: nothing can be drawn", kind=kind or _("empty")),
            _("export TERM=xterm-256color, or open another terminal"),
            {"term": kind},
        )
    around = "tmux" if environment.get("TMUX") else "screen" if environment.get("STY") else ""
    said = _("{kind}, inside {around}", kind=kind, around=around) if around else kind
    return Finding("terminal.kind", Level.GOOD, said, facts={"term": kind, "inside": around})


def _size(rules: DoctorRules, size: tuple[int, int]) -> Finding:
    columns, lines = size
    facts = {"columns": columns, "lines": lines}
    said = _("{columns} columns, {lines} lines", **facts)
    if columns < rules.smallest[0] or lines < rules.smallest[1]:
        least = {"columns": rules.smallest[0], "lines": rules.smallest[1]}
        return Finding(
            "terminal.size",
            Level.FAULT,
            said,
            _("make the window larger, or its letters smaller: at least {columns} by {lines}", **least),
            facts,
        )
    if columns < rules.roomy[0] or lines < rules.roomy[1]:
        roomy = {"columns": rules.roomy[0], "lines": rules.roomy[1]}
        hint = _("a shift can be worked so; from {columns} by {lines} on more stands side by side", **roomy)
        return Finding("terminal.size", Level.NOTE, f"{said}{_('; ')}{hint}", facts=facts)
    return Finding("terminal.size", Level.GOOD, said, facts=facts)


def _colours(environment: Mapping[str, str]) -> Finding:
    if environment.get("NO_COLOR"):
        return Finding(
            "terminal.colours",
            Level.NOTE,
            _("NO_COLOR is set: the console is drawn in one colour; unset NO_COLOR for more"),
            facts={"colours": 1},
        )
    count = colours(environment)
    facts = {"colours": count}
    if count >= TRUE_COLOUR:
        return Finding("terminal.colours", Level.GOOD, _("true colour"), facts=facts)
    if count >= 256:
        return Finding(
            "terminal.colours",
            Level.NOTE,
            _("256 colours: all is told apart; export COLORTERM=truecolor where the terminal can more"),
            facts=facts,
        )
    return Finding(
        "terminal.colours",
        Level.WARNING,
        _("{count} colours: shades that differ in the themes look the same", count=count),
        _("export TERM=xterm-256color, or type `theme monochrome` in the console"),
        facts,
    )


def colours(environment: Mapping[str, str]) -> int:
    """How many colours this terminal says it has, by COLORTERM and its terminfo entry."""
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return TRUE_COLOUR
    kind = environment.get("TERM", "")
    if "256" in kind:
        return 256
    try:
        curses.setupterm(kind or None, os.open(os.devnull, os.O_RDWR))
        return max(curses.tigetnum("colors"), 1)
    except (curses.error, TypeError, OSError):
        return 1


def _widths(rules: DoctorRules, ask: Asker | None) -> Iterator[Finding]:
    if ask is None or not answers(ask):
        yield Finding(
            "terminal.width",
            Level.NOTE,
            _("the terminal does not tell where its cursor stands: how wide it draws was not measured"),
        )
        return
    drawn = sorted({char for name in SYMBOL_SETS for char in characters(name)} - {" "})
    measured = widths(ask, ("A", *rules.wide, *rules.ambiguous, *drawn))
    yield wide_finding(measured, rules.wide)
    yield ambiguous_finding(measured)


def wide_finding(measured: Mapping[str, int], wide: str) -> Finding:
    """Chinese must take two cells: everything is laid out so."""
    wrong = [char for char in wide if measured.get(char) != 2]
    facts = {char: measured.get(char, 0) for char in wide}
    if not wrong:
        return Finding("terminal.wide", Level.GOOD, _("Chinese takes two cells"), facts=facts)
    return Finding(
        "terminal.wide",
        Level.FAULT,
        _("{characters} is not drawn two cells wide: columns will not stand", characters=" ".join(wrong)),
        _("set the terminal to UTF-8, or use one that draws Chinese: GNOME Terminal, kitty, WezTerm"),
        facts,
    )


def ambiguous_finding(measured: Mapping[str, int]) -> Finding:
    """Characters that some Chinese terminals draw two cells wide; which symbol sets can be used."""
    wide = [char for char, cells in measured.items() if cells == 2 and not _must_be_wide(char)]
    fits = [name for name in SYMBOL_SETS if not characters(name) & set(wide)]
    facts = {"two_cells": "".join(wide), "symbols": " ".join(fits)}
    if not wide:
        said = _("characters of ambiguous width take one cell: every set of symbols can be used")
        return Finding("terminal.ambiguous", Level.GOOD, said, facts=facts)
    best = fits[0] if fits else SYMBOL_SETS[-1]
    return Finding(
        "terminal.ambiguous",
        Level.WARNING,
        _("{characters} take two cells here: columns shift where they stand", characters=" ".join(wide[:12])),
        _(
            "set ambiguous characters to narrow in the terminal's settings, "
            'or write symbols = "{name}" into console.toml of your folder',
            name=best,
        ),
        facts,
    )


def _must_be_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"
