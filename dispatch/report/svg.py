"""Charts as SVG text: no library, no network, letters stay letters. Everything from outside is escaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

COLOURS = ("#333333", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00")
"""Okabe and Ito's palette, told apart by colour-blind readers too; the first is for all together."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 12.0, 10.0, 34.0


@dataclass(frozen=True, slots=True)
class Curve:
    """A named sample."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Frame:
    """Data to picture: x from 0 to `most`, y from 0 to `top`."""

    width: float
    height: float
    most: float
    top: float

    def x(self, value: float) -> float:
        inner = self.width - _LEFT - _RIGHT
        return _LEFT + inner * min(max(value / self.most, 0.0), 1.0)

    def y(self, value: float) -> float:
        inner = self.height - _TOP - _BOTTOM
        return self.height - _BOTTOM - inner * min(max(value / self.top, 0.0), 1.0)


def text(x: float, y: float, said: str, anchor: str = "middle", css: str = "") -> str:
    """One word of a chart."""
    kind = f' class="{css}"' if css else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escape(said)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{css}"/>'


def drawing(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    """A whole picture with a title for those who cannot see it."""
    box = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    return f'<svg {box} role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'


def ecdf(curves: Sequence[Curve], guides_min: Sequence[int], title: str, axis: str) -> str:
    """Share reached by each minute, one step line a sample; values in seconds."""
    longest = max((value for curve in curves for value in curve.values), default=0.0)
    frame = _Frame(640, 300, _nice(max(longest, max(guides_min, default=10) * 60) / 60), 1.0)
    parts = [*_axes(frame, axis, ("0", "25 %", "50 %", "75 %", "100 %"))]
    for guide in guides_min:
        parts.append(line(frame.x(guide), frame.y(0), frame.x(guide), frame.y(1), "guide"))
        parts.append(text(frame.x(guide), frame.height - _BOTTOM + 12, str(guide), css="guide"))
    for place, curve in enumerate(curves):
        colour = COLOURS[place % len(COLOURS)]
        width = 2.4 if place == 0 else 1.6
        parts.append(
            f'<path d="{_steps(frame, curve)}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
        )
        name, below = f"— {curve.name} (n={len(curve.values)})", 14 * (len(curves) - 1 - place)
        parts.append(
            text(frame.width - _RIGHT - 6, frame.y(0.1) - below, name, "end", f"c{place % len(COLOURS)}")
        )
    return drawing(frame.width, frame.height, title, parts)


def _steps(frame: _Frame, curve: Curve) -> str:
    path, count = [f"M{frame.x(0):.1f} {frame.y(0):.1f}"], len(curve.values)
    for place, value in enumerate(sorted(curve.values), 1):
        path.append(f"H{frame.x(value / 60):.1f}V{frame.y(place / count):.1f}")
    return "".join(path) + (f"H{frame.x(frame.most):.1f}" if count else "")


def bars(edges_s: Sequence[int], counts: Sequence[int], title: str, axis: str) -> str:
    """A histogram with its cumulated share; bins are as wide as they are, the last one open to the right."""
    used = max((place for place, count in enumerate(counts) if count), default=0)
    ends = [*edges_s[1:], edges_s[-1] * 1.25]
    densities = [count / (end - edge) for edge, end, count in zip(edges_s, ends, counts, strict=True)]
    total, highest = sum(counts), max(densities, default=0.0)
    frame = _Frame(320, 170, ends[used] / 60, 1.0)
    parts = list(_axes(frame, axis, ("0", "50 %", "100 %")))
    so_far, path = 0, f"M{frame.x(0):.1f} {frame.y(0):.1f}"
    for place in range(used + 1 if total else 0):
        left, right = frame.x(edges_s[place] / 60), frame.x(ends[place] / 60)
        top = frame.y(densities[place] / highest)
        parts.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{max(right - left - 0.5, 0.5):.1f}" '
            f'height="{frame.y(0) - top:.1f}" class="bar"/>'
        )
        so_far += counts[place]
        path += f"L{right:.1f} {frame.y(so_far / total):.1f}"
    parts.append(f'<path d="{path}" fill="none" class="sum"/>')
    return drawing(frame.width, frame.height, title, parts)


def scatter(points: Sequence[tuple[float, float]], title: str, across: str, up: str) -> str:
    """Predicted (across) against actual (up), seconds; on the line it came as said."""
    most = _nice(max((value / 60 for point in points for value in point), default=10.0))
    frame = _Frame(360, 300, most, most)
    marks = tuple(f"{most * share:.0f}" for share in (0, 0.25, 0.5, 0.75, 1))
    parts = [
        *_axes(frame, across, marks),
        line(frame.x(0), frame.y(0), frame.x(most), frame.y(most), "guide"),
    ]
    parts += [
        f'<circle cx="{frame.x(said / 60):.1f}" cy="{frame.y(took / 60):.1f}" r="3.2" class="dot"/>'
        for said, took in points
    ]
    parts.append(text(_LEFT + 4, _TOP + 10, up, "start"))
    return drawing(frame.width, frame.height, title, parts)


def _axes(frame: _Frame, axis: str, marks: Sequence[str]) -> list[str]:
    parts = []
    for place, mark in enumerate(marks):
        y = frame.y(frame.top * place / (len(marks) - 1))
        parts.append(line(_LEFT, y, frame.width - _RIGHT, y, "grid"))
        parts.append(text(_LEFT - 5, y + 4, mark, "end"))
    for place in range(5):
        value = frame.most * place / 4
        parts.append(text(frame.x(value), frame.height - _BOTTOM + 24, f"{value:.4g}"))
    parts.append(line(_LEFT, frame.y(0), frame.width - _RIGHT, frame.y(0), "axis"))
    parts.append(text(frame.width - _RIGHT, frame.height - _BOTTOM - 4, axis, "end"))
    return parts


def _nice(value: float) -> float:
    """The next round number of minutes: 20, 40, 60, 100 ..."""
    for step in (10, 20, 40, 60, 80, 100, 120, 180, 240, 360, 480, 720, 1440):
        if value <= step:
            return float(step)
    return float(value)
