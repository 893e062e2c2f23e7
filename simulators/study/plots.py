"""Plots of a study as SVG: response by policy, differences by region; the same input, the same bytes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simulators.study.calibrate import QUANTILES, Calibrated
from simulators.study.compare import Replication, by_geography, difference
from simulators.study.measures import ALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#1b6ca8", "#c8553d", "#2e7d32", "#7b4fa3", "#8a6d1d")
WIDTH_IN, HEIGHT_IN = 8.0, 4.2
LONGEST_MIN = 60


def draw_plots(folder: Path, name: str, title: str, found: Sequence[Replication]) -> list[Path]:
    """Write the plots of one scenario and name the files."""
    folder.mkdir(parents=True, exist_ok=True)
    policies = list(found[0].groups)
    paths = [_curves(folder / f"study-{name}-response.svg", title, policies, found)]
    if len(policies) > 1:
        paths.append(_differences(folder / f"study-{name}-difference.svg", title, policies, found))
    return paths


def _figure() -> tuple["Figure", "Axes"]:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    mpl.rcParams.update({"svg.hashsalt": "czt", "font.size": 10, "axes.spines.top": False})
    mpl.rcParams.update({"axes.spines.right": False, "svg.fonttype": "path"})
    return plt.subplots(figsize=(WIDTH_IN, HEIGHT_IN), layout="constrained")


def save(figure: "Figure", path: Path) -> Path:
    """As SVG without a date in it."""
    from matplotlib import pyplot as plt

    figure.savefig(path, format="svg", metadata={"Date": None})
    plt.close(figure)
    return path


def _curves(path: Path, title: str, policies: Sequence[str], found: Sequence[Replication]) -> Path:
    figure, axes = _figure()
    grid = np.linspace(0, LONGEST_MIN, 241)
    for policy, colour in zip(policies, COLOURS, strict=False):
        response = np.sort(np.concatenate([one.response[policy] for one in found]))
        share = np.searchsorted(response, grid, side="right") / max(len(response), 1)
        axes.plot(grid, 100 * share, label=policy, color=colour, linewidth=2)
    axes.set(xlabel="minutes from call to arrival", ylabel="calls reached, %", xlim=(0, LONGEST_MIN))
    axes.set_ylim(0, 100)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, loc="lower right")
    axes.set_title(f"{title} (synthetic)")
    return save(figure, path)


def _differences(path: Path, title: str, policies: Sequence[str], found: Sequence[Replication]) -> Path:
    """Mean response less that of the first policy: intervals, and a dot for each region."""
    figure, axes = _figure()
    base, others = policies[0], policies[1:]
    groups = [group for group in found[0].groups[base] if "priority" not in group]
    for place, policy in enumerate(others):
        offset = (place - (len(others) - 1) / 2) * 0.8 / len(others)
        colour = COLOURS[1 + place % (len(COLOURS) - 1)]
        for row, group in enumerate(groups):
            found_here = difference(found, policy, base, group, "mean_min")
            label = policy if row == 0 else None
            half = 0 if np.isnan(found_here.half) else found_here.half
            axes.errorbar(
                row + offset, found_here.mean, yerr=half, fmt="s", color=colour, capsize=4, label=label
            )
            dots = list(by_geography(found, policy, base, group, "mean_min").values())
            axes.plot([row + offset + 0.06] * len(dots), dots, ".", color=colour, alpha=0.45, markersize=5)
    axes.axhline(0, color="#444444", linewidth=0.8)
    axes.set_yscale("symlog", linthresh=2)
    axes.set_xticks(range(len(groups)), ["all cities" if group == ALL else group for group in groups])
    axes.set_ylabel(f"minutes against {base} (symlog)")
    axes.grid(alpha=0.25, axis="y")
    axes.legend(frameon=False)
    axes.set_title(f"{title} (synthetic): mean response, 95 % interval, one dot a region")
    return save(figure, path)


def draw_fits(path: Path, found: Sequence[Calibrated]) -> Path:
    """Observed against fitted: the share within so many minutes, a panel for each duration."""
    figure, _axes = _figure()
    figure.clear()
    figure.set_size_inches(WIDTH_IN, 2.6 * len(found))
    panels = figure.subplots(len(found), 1, squeeze=False)[:, 0]
    for panel, one in zip(panels, found, strict=True):
        values = np.sort(one.values)
        longest = float(np.quantile(values, 0.99)) if len(values) else 1.0
        grid = np.linspace(0, longest, 200)
        share = np.searchsorted(values, grid, side="right") / max(len(values), 1)
        panel.plot(grid, 100 * share, color="#222222", linewidth=2, label=f"measured, n = {one.n:,}")
        for fit, colour in zip(one.fits[:2], COLOURS, strict=False):
            label = f"{fit.law}, KS {fit.ks:.3f}"
            panel.plot(fit.quantiles, [100 * part for part in QUANTILES], "o", color=colour, label=label)
        panel.set(xlim=(0, longest), ylim=(0, 100), ylabel="%", xlabel=f"{one.name}, minutes")
        panel.grid(alpha=0.25)
        panel.legend(frameon=False, loc="lower right")
    path.parent.mkdir(parents=True, exist_ok=True)
    return save(figure, path)
