"""The look of the console at work: what a choice of colours, signs, width or density changes on it."""

from pathlib import Path

from dispatch.console import symbols, theme
from dispatch.console.appearance import Appearance, Looks, NarrowSigns
from dispatch.console.screens.base import ConsoleScreen
from dispatch.console.stage import Stage
from dispatch.console.widgets.rows_view import TALL_ROWS, RowsView


class Styling:
    """Applies an appearance to an app, and each choice after it, which is remembered where `file` is given.

    `wide_signs`: the terminal said that it draws characters of ambiguous width over two cells.
    """

    def __init__(self, app: Stage, begun: Appearance, file: Path | None, *, wide_signs: bool) -> None:
        self._app, self._looks, self._wide_signs = app, Looks(begun, file), wide_signs
        self.narrow = NarrowSigns(enabled=False)
        for known in theme.textual_themes():
            app.register_theme(known)
        app.theme = self.now.theme
        symbols.use(self.now.symbols)
        self._fit()

    @property
    def now(self) -> Appearance:
        return self._looks.now

    @property
    def plain(self) -> bool:
        """Plain characters stand for signs whose width terminals do not agree on."""
        return self.narrow.enabled

    def use_theme(self, name: str) -> None:
        """Change the colours; an empty name takes the next theme."""
        names = theme.THEMES
        self._looks.choose(theme=name or names[(names.index(self.now.theme) + 1) % len(names)])
        self._app.theme = self.now.theme
        self._app.call_after_refresh(self.repaint)

    def use_symbols(self, name: str) -> None:
        """Draw with another set of symbols."""
        symbols.use(name)
        self._looks.choose(symbols=name)
        self.repaint()

    def use_width(self, name: str) -> None:
        """Say how wide the terminal draws signs."""
        self._looks.choose(ambiguous=name)
        self.repaint()

    def use_density(self, name: str) -> None:
        """Give each row of a list one line or two; an empty name takes the other."""
        other = "compact" if self.now.density == "comfortable" else "comfortable"
        self._looks.choose(density=name or other)
        self.repaint()

    def repaint(self) -> None:
        """Draw every screen anew, those out of sight too."""
        self._fit()
        for screen in self._app.every_screen():
            for rows in screen.query(RowsView):
                rows.fit_density()
            if isinstance(screen, ConsoleScreen):
                screen.relabel()
        self._app.screen.refresh(layout=True)

    def _fit(self) -> None:
        said = self.now.ambiguous
        self.narrow.enabled = said == "wide" or (said == "auto" and self._wide_signs)
        self._app.set_class(self.now.density == "comfortable", TALL_ROWS)
        self._app.set_class(self.now.symbols == "ascii", "-ascii")  # frames are drawn with ASCII as well
