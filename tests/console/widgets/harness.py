"""One widget in an application of its own, and what it put on the screen."""

from textual.app import App, ComposeResult
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from dispatch.console import theme


class OneWidget(App[None]):
    """Shows a widget in the default theme and remembers the messages it posted."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.widget

    def on_mount(self) -> None:
        theme.register(self)
        self.widget.focus()

    def hear(self, message: Message) -> None:
        self.heard.append(message)


def lines(app: OneWidget) -> list[str]:
    """The text of every line of the screen."""
    return [strip.text for strip in strips(app)]


def strips(app: OneWidget) -> list[Strip]:
    return app.screen._compositor.render_strips()


def bytes_sent(app: OneWidget) -> str:
    """What a terminal would be sent for the whole screen, without the styles."""
    return "\n".join(lines(app))
