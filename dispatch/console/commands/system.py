"""Commands of the console itself: command line, palette, language, look, end."""

from dispatch.console.commands.base import Arg, Command
from dispatch.console.commands.readers import Choice, Words
from dispatch.console.dialogs.choose import YesNoDialog
from dispatch.console.ports import Console
from dispatch.console.results import Result
from dispatch.console.theme import THEMES
from dispatch.console.work import tasks_of
from dispatch.language import LANGUAGES, N_, _, current
from dispatch.text import safe_text

LANGUAGE_NAMES = {"zh_CN": "中文", "en": "English"}
LANGUAGE_WORDS = {"zh_CN": ("zh", "中文", "zhongwen"), "en": ("english", "英文", "yingwen")}
THEME_WORDS = {
    "night": ("夜间", "yejian"),
    "day": ("日间", "rijian"),
    "high-contrast": ("高对比", "gaoduibi"),
    "monochrome": ("mono", "单色", "danse"),
}
THEME_TITLES = {
    "night": N_("night"),
    "day": N_("day"),
    "high-contrast": N_("high contrast"),
    "monochrome": N_("monochrome"),
}
SYMBOL_WORDS = {"braille": ("盲文", "mangwen"), "block": ("方块", "fangkuai"), "ascii": ("字母", "zimu")}

WIDTH_WORDS = {"auto": ("自动", "zidong"), "narrow": ("窄", "zhai"), "wide": ("宽", "kuan")}

DENSITY_WORDS = {"compact": ("紧凑", "jincou"), "comfortable": ("宽松", "kuansong")}
DENSITY_TITLES = {
    "compact": N_("Line spacing: compact, one line a row"),
    "comfortable": N_("Line spacing: comfortable, two lines a row"),
}


class Line(Command):
    verbs = ("line", "命令行", "minglinghang")
    title = N_("Command line")
    help = N_("Opens the command line, with a text to begin with if one is given.")
    args = (Arg("text", N_("text"), Words(), "find", required=False, rest=True),)
    listed = False

    def label(self) -> str:
        return _("Find") if self.text("text") == "find" else _("Command")

    async def run(self, console: Console) -> Result:
        text = self.text("text")
        console.open_line(f"{text} " if text else "")
        return Result(True, "")


class Palette(Command):
    verbs = ("palette", "面板", "mianban")
    title = N_("Command palette")
    help = N_("Lists every command to pick from, with why one cannot be used now.")
    listed = False

    async def run(self, console: Console) -> Result:
        console.open_palette()
        return Result(True, "")


class Lang(Command):
    verbs = ("lang", "语言", "yuyan")
    title = N_("Language")
    help = N_("Switches between Chinese and English at once, on every screen.")
    args = (Arg("language", N_("language"), Choice(LANGUAGE_WORDS), "en", required=False),)
    example = "lang en"
    lines = ("lang zh", "lang en")

    def label(self) -> str:
        return "English" if current() == "zh_CN" else "中文"

    async def run(self, console: Console) -> Result:
        wanted = self.text("language") or LANGUAGES[(LANGUAGES.index(current()) + 1) % len(LANGUAGES)]
        console.speak(wanted)
        return Result(True, _("The console speaks {name} now", name=LANGUAGE_NAMES[wanted]))


class UseTheme(Command):
    verbs = ("theme", "主题", "zhuti")
    title = N_("Theme")
    help = N_("Switches the colours: night, day, high contrast or monochrome; without a word the next one.")
    args = (Arg("theme", N_("theme"), Choice(THEME_WORDS), "day", required=False),)
    example = "theme day"
    lines = tuple(f"theme {theme}" for theme in THEMES)

    async def run(self, console: Console) -> Result:
        theme = self.text("theme")
        console.styling.use_theme(theme)
        return Result(True, _("Theme: {theme}", theme=_(THEME_TITLES[console.styling.now.theme])))


class Symbols(Command):
    verbs = ("symbols", "符号", "fuhao")
    title = N_("Symbols")
    help = N_("Draws the map and signs with braille, block or ASCII characters, as the terminal can.")
    args = (Arg("symbols", N_("symbols"), Choice(SYMBOL_WORDS), "block"),)
    example = "symbols block"
    lines = tuple(f"symbols {name}" for name in SYMBOL_WORDS)

    async def run(self, console: Console) -> Result:
        name = self.text("symbols")
        console.styling.use_symbols(name)
        return Result(True, _("Symbols: {symbols}", symbols=name))


class Width(Command):
    verbs = ("width", "字宽", "zikuan")
    title = N_("Width of signs")
    help = N_(
        "Says whether this terminal draws signs such as lines of frames over one cell or two; in a wide one "
        "plain characters stand for them, so that columns hold. auto goes by what the terminal says."
    )
    args = (Arg("width", N_("width"), Choice(WIDTH_WORDS), "wide"),)
    example = "width wide"
    lines = tuple(f"width {name}" for name in WIDTH_WORDS)

    async def run(self, console: Console) -> Result:
        console.styling.use_width(self.text("width"))
        plain = console.styling.plain
        return Result(
            True, _("Plain characters stand for signs") if plain else _("Signs are drawn as they are")
        )


class Density(Command):
    verbs = ("density", "行距", "hangju")
    title = N_("Line spacing")
    help = N_(
        "Gives each row of a list one line (compact) or two (comfortable), of which the second takes what is "
        "too long for the first; without a word the other one. The choice is kept at this desk."
    )
    args = (Arg("density", N_("line spacing"), Choice(DENSITY_WORDS), "comfortable", required=False),)
    example = "density comfortable"
    lines = tuple(f"density {name}" for name in DENSITY_WORDS)

    async def run(self, console: Console) -> Result:
        console.styling.use_density(self.text("density"))
        return Result(True, _(DENSITY_TITLES[console.styling.now.density]))


class Quit(Command):
    verbs = ("quit", "退出", "tuichu")
    title = N_("Quit")
    help = N_("Ends this console after a question. The feeds of the cities go on.")

    async def run(self, console: Console) -> Result:
        if not await console.ask(YesNoDialog(lambda: _("Quit"), lambda: _left_behind(console))):
            return Result(False, _("The console goes on"))
        console.leave()
        return Result(True, _("The console ends"))


def _left_behind(console: Console) -> list[str]:
    """Who leaves, and what waits here then."""
    desk = console.desk
    city = desk.picture.cities[desk.home_city].name.text(current())
    who = _("{operator} leaves the console of {city}", operator=safe_text(desk.operator, 40), city=city)
    if console.trade.ambulances:
        return [who, _("{count} incidents are open", count=len(desk.picture.open_incidents()))]
    waiting = sum(one.waits for one in tasks_of(desk))
    return [who, _("{count} things wait at this blood centre", count=waiting)]
