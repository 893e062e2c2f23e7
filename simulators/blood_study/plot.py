"""The result of a study as one drawing: shortage and outdates of every policy with their intervals."""

import warnings
from collections.abc import Sequence
from pathlib import Path

from simulators.blood_study.study import Estimate, StudyResult

_FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "Microsoft YaHei", "DejaVu Sans")


def draw(found: StudyResult, names: Sequence[str], axes: tuple[str, str], file: Path) -> None:
    """Write an SVG whose text stays text, so that any reader's own fonts serve; OSError when it cannot."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # of the machine that draws
        _draw(found, names, axes, file)


def _draw(found: StudyResult, names: Sequence[str], axes: tuple[str, str], file: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib.figure import Figure
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    fonts = [name for name in _FONTS if name in installed]
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "czt", "font.family": fonts}):
        figure = Figure(figsize=(9, 3.4), layout="constrained")
        left, right = figure.subplots(1, 2)
        values = [[one.short_pct for one in found.outcomes], [one.outdated_pct for one in found.outcomes]]
        for axis, title, estimates in zip((left, right), axes, values, strict=True):
            means = [one.mean for one in estimates]
            below = [one.mean - _low(one) for one in estimates]
            above = [_high(one) - one.mean for one in estimates]
            axis.barh(range(len(names)), means, xerr=[below, above], color="#4c78a8", capsize=3)
            axis.set_yticks(range(len(names)), names)
            axis.invert_yaxis()
            axis.set_xlabel(title)
            axis.spines[["top", "right"]].set_visible(False)
        figure.savefig(file, format="svg", metadata={"Date": None})


def _low(one: Estimate) -> float:
    return one.mean if one.low is None else one.low


def _high(one: Estimate) -> float:
    return one.mean if one.high is None else one.high
