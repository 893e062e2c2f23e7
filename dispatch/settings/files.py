"""Configuration files: where they lie, which line a key stands on, what is wrong with them."""

import json
import os
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from dispatch.causes import cause
from dispatch.domain.errors import BadConfiguration
from dispatch.language import _
from dispatch.settings.complaints import complaint, telling
from dispatch.settings.lines import KeyPath, key_lines, line_of

M = TypeVar("M", bound=BaseModel)

FOLDER_VARIABLE = "CZT_CONFIG"
OPEN_FOLDERS = frozenset({"cities", "claims", "drills", "sites", "studies", "travel"})
"""Folders to which a user may add files; anywhere else a file must replace a shipped one."""
PRIVATE_FILES = frozenset({"operators.toml"})
"""Files that only a user's folder holds: people are never shipped."""
_KINDS = frozenset({".toml", ".json"})


def config_dir() -> Path:
    """The shipped configuration: inside the package when installed, else beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_config"
    return installed if installed.is_dir() else package.parent / "config"


def user_folder(user_dir: Path | None = None) -> Path | None:
    """The folder whose files replace shipped ones: the one named, else $CZT_CONFIG, else ~/.config/czt.

    Raises BadConfiguration when a folder that was named does not exist.
    """
    named = user_dir or (Path(os.environ[FOLDER_VARIABLE]) if os.environ.get(FOLDER_VARIABLE) else None)
    if named is None:
        home = Path.home() / ".config" / "czt"
        return home if home.is_dir() else None
    if not named.is_dir():
        raise BadConfiguration(
            str(named), 1, _("this configuration folder does not exist; make it or name another")
        )
    return named


def config_file(relative: str, user_dir: Path | None = None) -> Path:
    """The user's file when there is one, else the shipped one; `relative` is like "cities/changsha.toml"."""
    folder = user_folder(user_dir)
    if folder is not None and (folder / relative).is_file():
        return folder / relative
    return config_dir() / relative


def config_files(folder: str, user_dir: Path | None = None) -> tuple[Path, ...]:
    """Every .toml file of a folder such as "cities", by name, each the user's when there is one."""
    user = user_folder(user_dir)
    homes = [config_dir()] if user is None else [config_dir(), user]
    names = {path.name for home in homes for path in (home / folder).glob("*.toml")}
    return tuple(config_file(f"{folder}/{name}", user_dir) for name in sorted(names))


def refuse_strangers(user_dir: Path | None = None) -> None:
    """Raise BadConfiguration for a user's file that replaces nothing: most likely its name is mistyped."""
    folder = user_folder(user_dir)
    if folder is None:
        return
    shipped = {path.relative_to(config_dir()).as_posix() for path in config_dir().rglob("*.*")}
    for path in sorted(folder.rglob("*.*")):
        relative = path.relative_to(folder).as_posix()
        known_to_us = relative in shipped | PRIVATE_FILES or relative.split("/")[0] in OPEN_FOLDERS
        if path.suffix not in _KINDS or known_to_us:
            continue
        known = ", ".join(sorted(name for name in shipped if Path(name).suffix in _KINDS))
        raise BadConfiguration(
            str(path),
            1,
            _("this file replaces no shipped one; files that may be replaced: {known}", known=known),
        )


class TomlFile:
    """One TOML file that remembers the line of each of its keys."""

    def __init__(self, path: Path) -> None:
        self.path = path
        text = _read(path)
        try:
            self.data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise BadConfiguration(
                str(path), _syntax_line(error, text), _("not valid TOML: {error}", error=cause(error))
            ) from None
        self._lines = key_lines(text)

    def line(self, key: KeyPath) -> int:
        """The line of a key, from 1."""
        return line_of(self._lines, key)

    def wrong(self, key: KeyPath, message: str) -> BadConfiguration:
        """The error that points at a key of this file, e.g. ("unit", 3, "station")."""
        return BadConfiguration(str(self.path), self.line(key), message)

    def read(self, model: type[M]) -> M:
        """The file as a model, strict about types: a number in quotes is no number."""
        try:
            return model.model_validate_json(json.dumps(self.data, default=str), strict=True)
        except ValidationError as error:
            first = telling(error)
            raise self.wrong(first["loc"], complaint(first, model)) from None


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise BadConfiguration(str(path), 1, _("not UTF-8 text; save it as UTF-8")) from None
    except OSError as error:
        raise BadConfiguration(str(path), 1, _("cannot be read: {error}", error=cause(error))) from None


def _syntax_line(error: tomllib.TOMLDecodeError, text: str) -> int:
    """The line that tomllib names in its sentence; before Python 3.14 it has no attribute for it."""
    words = str(error).split("(at line ")
    if len(words) == 2:
        return int(words[1].split(",")[0])
    return max(1, text.count("\n"))
