"""Text: is it UTF-8, in which languages, and are there letters to draw Chinese with."""

import codecs
import locale
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence

from dispatch.doctor.finding import Finding, Level
from dispatch.language import LANGUAGES, _, current

FONTS = {"text.font.chinese": ":lang=zh-cn", "text.font.braille": ":charset=28ff"}
_ANSWER_S = 10

List = Callable[[str], Sequence[str] | None]
"""Families of fonts that fit a fontconfig pattern; None: nobody can tell."""


def look(environment: Mapping[str, str], encoding: str, fonts: List) -> Iterator[Finding]:
    """`encoding` is that of standard output, as Python has it."""
    yield _encoding(environment, encoding)
    yield Finding(
        "text.language",
        Level.GOOD,
        _("this program speaks {name}; --lang or CZT_LANG changes it", name=current()),
        facts={"language": current(), "known": " ".join(LANGUAGES)},
    )
    if any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_TTY")):
        yield Finding(
            "text.font.chinese",
            Level.NOTE,
            _("you sit at another machine, whose fonts draw this: look whether the line below is whole"),
            facts={"remote": True},
        )
        return
    yield _font("text.font.chinese", fonts, _("Chinese"), "fonts-noto-cjk")
    yield _font("text.font.braille", fonts, _("the braille dots of the map"), "fonts-dejavu")


def _encoding(environment: Mapping[str, str], encoding: str) -> Finding:
    chosen = next((environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)), "")
    facts = {"locale": chosen, "locale_encoding": locale_encoding(), "output": encoding}
    names = {_codec(encoding), _codec(str(facts["locale_encoding"]))}
    if names <= {"utf-8", "ascii"} and _codec(encoding) == "utf-8":
        said = _("UTF-8, locale {locale}", locale=chosen or "C")
        return Finding("text.encoding", Level.GOOD, said, facts=facts)
    return Finding(
        "text.encoding",
        Level.FAULT,
        _("text is sent as {encoding}, locale {locale}: Chinese will not arrive",
          encoding=encoding or "?", locale=chosen or "C"),
        _("export LANG=C.UTF-8, or zh_CN.UTF-8 where it is installed, and PYTHONUTF8=1"),
        facts,
    )  # fmt: skip


def locale_encoding() -> str:
    """What the locale of the environment encodes text in."""
    return locale.getencoding()


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return name


def _font(check: str, fonts: List, what: str, package: str) -> Finding:
    families = fonts(FONTS[check])
    if families is None:
        said = _(
            "fontconfig is not here: whether a font has {what} cannot be told; look at the line below",
            what=what,
        )
        return Finding(check, Level.NOTE, said)
    facts = {"families": len(families), "first": families[0] if families else ""}
    if families:
        return Finding(check, Level.GOOD, _("{font} has {what}", font=families[0], what=what), facts=facts)
    return Finding(
        check,
        Level.WARNING,
        _("no font of this machine has {what}", what=what),
        _("install one, such as {package} (Debian, Ubuntu), and choose it in the terminal", package=package),
        facts,
    )


def installed_fonts(pattern: str) -> Sequence[str] | None:
    """What fontconfig lists for a pattern, each family once, by name."""
    program = shutil.which("fc-list")
    if program is None:
        return None
    try:
        run = subprocess.run([program, pattern, "family"], capture_output=True, timeout=_ANSWER_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    lines = run.stdout.decode("utf-8", "replace").splitlines()
    return sorted({line.partition(",")[0].strip() for line in lines if line.strip()})
