"""operators.toml: the people who may sign in here. It lies in a user's folder and is never shipped."""

import fcntl
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dispatch.causes import cause
from dispatch.domain.errors import DispatchError
from dispatch.domain.model import Frozen
from dispatch.domain.operators import Operator
from dispatch.language import _
from dispatch.settings.files import TomlFile, user_folder

FILE = "operators.toml"
_HASHED = "$argon2id$"
_BASE32 = re.compile(r"[A-Z2-7]{26,128}")  # 128 bits or more
_HEAD = """\
# Who may sign in at this console. Written by `czt operators`, which keeps no remarks; see docs/operations.md.
# The passwords are argon2id hashes, `totp` is the secret of a second factor.
# Keep this file readable by its owner only.
"""


class OperatorsFile(Frozen):
    """operators.toml."""

    operator: tuple[Operator, ...] = ()


def operators_file(user_dir: Path | None = None) -> Path | None:
    """Where the operators of this site stand; None where nobody has to sign in."""
    folder = user_folder(user_dir)
    return folder / FILE if folder is not None and (folder / FILE).is_file() else None


def load_operators(path: Path) -> tuple[Operator, ...]:
    """Everybody in the file; BadConfiguration names file and line, and never what stands in a password."""
    file = TomlFile(path)
    secrets, factors = _taken(file, "password"), _taken(file, "totp")
    content = file.read(OperatorsFile)
    known: set[str] = set()
    found = []
    for row, operator in enumerate(content.operator):
        if operator.id in known:
            raise file.wrong(("operator", row, "id"), _("{name}: stands here twice", name=operator.id))
        known.add(operator.id)
        if not operator.name.zh.strip() or not operator.name.en.strip():
            raise file.wrong(
                ("operator", row, "name"), _("{name}: needs a name in Chinese and English", name=operator.id)
            )
        secret = secrets.get(row)
        if not isinstance(secret, str) or not secret.startswith(_HASHED):
            problem = _(
                "{name}: has no usable password; set one: czt operators passwd {name}", name=operator.id
            )
            raise file.wrong(("operator", row, "password"), problem)
        factor = factors.get(row, "")
        if not isinstance(factor, str) or (factor and not _BASE32.fullmatch(factor)):
            problem = _("{name}: has no usable second factor; set another: czt operators totp {name}",
                        name=operator.id)  # fmt: skip
            raise file.wrong(("operator", row, "totp"), problem)
        found.append(operator.model_copy(update={"password": secret, "totp": factor}))
    return tuple(found)


def _taken(file: TomlFile, key: str) -> dict[int, object]:
    """Take secrets out before anything is checked: a complaint shows what it complains of."""
    rows = file.data.get("operator")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        if rows is not None:
            raise file.wrong(("operator",), _("each operator is a table of its own: [[operator]]"))
        return {}
    return {number: row.pop(key) for number, row in enumerate(rows) if key in row}


def change_operators(
    path: Path, change: Callable[[tuple[Operator, ...]], Sequence[Operator]]
) -> tuple[Operator, ...]:
    """Read, change and write the file as one step, whoever else does so; a file that is missing is begun.

    The new file is there as a whole or not at all, readable by its owner only. DispatchError when it
    cannot be written; what `change` raises leaves the file as it was.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(path):
            held = load_operators(path) if path.is_file() else ()
            wanted = tuple(change(held))
            _replace(path, _text(wanted))
    except OSError as error:
        problem = _("cannot write {file}: {error}", file=path, error=cause(error))
        raise DispatchError(problem) from error
    return wanted


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One writer at a time, on a lock file beside it: the file itself is replaced."""
    lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _replace(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # made with mode 0600
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _text(operators: Sequence[Operator]) -> str:
    return "\n".join([_HEAD, *map(_table, operators)])


def _table(operator: Operator) -> str:
    name = f"{{ zh = {_quoted(operator.name.zh)}, en = {_quoted(operator.name.en)} }}"
    lines = [
        "[[operator]]",
        f"id = {_quoted(operator.id)}",
        f"name = {name}",
        f"role = {_quoted(operator.role.value)}",
        f"password = {_quoted(operator.password)}",
        *([f"totp = {_quoted(operator.totp)}"] if operator.totp else []),
        f"active = {'true' if operator.active else 'false'}",
        "",
    ]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are TOML's, but for DEL, which TOML wants escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
