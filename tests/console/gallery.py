"""Pictures of screens as text: what a screen said, line by line, and a digest of how each line was coloured.

One file a screen holds every size, language and theme in which it was looked at. A line that differs is told
with what it was and what it is; with `--new-pictures` the file is written anew, to be looked at in the diff.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

from rich.segment import Segment

from dispatch.console.app import ConsoleApp

FOLDER = Path(__file__).parent / "pictures"
THEMES = ("night", "day")
_HEAD, _COLOURS = "== ", "-- "
_TOLD = 12
"""So many lines that differ are told; the rest is counted."""


@dataclass(slots=True)
class Shot:
    """One screen in one size and language: lines without trailing spaces, a digest a line and theme."""

    lines: list[str] = field(default_factory=list)
    colours: dict[str, list[str]] = field(default_factory=dict)


def shot_of(app: ConsoleApp) -> tuple[list[str], list[str]]:
    """The lines of the screen in view, and the digest of the colours of each."""
    strips = app.screen._compositor.render_strips()
    lines = ["".join(segment.text for segment in strip).rstrip() for strip in strips]
    return lines, [_digest(strip) for strip in strips]


def _digest(strip: Iterable[Segment]) -> str:
    """Four letters that change when a cell takes another colour, weight or background."""
    runs: list[tuple[str, int]] = []
    for piece in strip:
        style = str(piece.style) if piece.style is not None else ""
        if runs and runs[-1][0] == style:
            runs[-1] = (style, runs[-1][1] + len(piece.text))
        else:
            runs.append((style, len(piece.text)))
    return hashlib.blake2s(repr(runs).encode(), digest_size=2).hexdigest()


def read(screen: str) -> dict[str, Shot]:
    """Every shot of a screen by "80x24 zh_CN"."""
    path = FOLDER / f"{screen}.txt"
    shots: dict[str, Shot] = {}
    shot = Shot()
    for line in path.read_text("utf-8").split("\n") if path.exists() else ():
        if line.startswith(_HEAD):
            shot = shots[line.removeprefix(_HEAD)] = Shot()
        elif line.startswith(_COLOURS):
            theme, *digests = line.removeprefix(_COLOURS).split()
            shot.colours[theme] = digests
        elif shots:
            shot.lines.append(line.removeprefix("|"))
    return shots


def write(screen: str, shots: dict[str, Shot]) -> None:
    """Put the shots of a screen into its file."""
    FOLDER.mkdir(exist_ok=True)
    out: list[str] = []
    for name, shot in sorted(shots.items()):
        out.append(f"{_HEAD}{name}")
        out += [f"|{line}" for line in shot.lines]
        out += [f"{_COLOURS}{theme} {' '.join(digests)}" for theme, digests in sorted(shot.colours.items())]
    (FOLDER / f"{screen}.txt").write_text("\n".join(out), "utf-8")


def differences(name: str, before: Shot | None, now: Shot) -> list[str]:
    """What is to be said of a screen that does not look as it did; empty when it does."""
    if before is None:
        return [f"{name}: nobody has looked at it yet: pytest --new-pictures writes it down"]
    found: list[str] = []
    for number, (was, is_) in enumerate(zip_longest(before.lines, now.lines, fillvalue=""), 1):
        if was != is_:
            found += [f"line {number} was {was!r}", f"{' ' * len(f'line {number}')}  is {is_!r}"]
    for theme, digests in now.colours.items():
        known = before.colours.get(theme, [])
        pairs = enumerate(zip_longest(known, digests), 1)
        other = [number for number, (was, is_) in pairs if was != is_]
        same_text = [n for n in other if _line(before.lines, n) == _line(now.lines, n)]
        found += [f"line {n} is coloured otherwise by {theme}: {_line(now.lines, n)!r}" for n in same_text]
    told = [f"{name} {line}" for line in found[:_TOLD]]
    return told + ([f"{name}: and {len(found) - _TOLD} more"] if len(found) > _TOLD else [])


def _line(lines: Sequence[str], number: int) -> str:
    return lines[number - 1] if number <= len(lines) else ""
