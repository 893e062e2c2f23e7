"""`czt operators`: who may sign in at the consoles of this site."""

import json
import stat
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from dispatch.cli.options import ConfigDir
from dispatch.clock import SystemClock
from dispatch.domain.errors import DispatchError
from dispatch.domain.model import Name
from dispatch.domain.operators import ROLE_NAMES, Operator, Role
from dispatch.language import _
from dispatch.settings import user_folder
from dispatch.settings.operators import FILE, change_operators, load_operators
from dispatch.signin.passwords import Passwords, weakness
from dispatch.signin.second_factor import address, fresh_secret, matching_step, spelt_secret, usable
from dispatch.text import fit, safe_text

app = typer.Typer(
    help=_("Who may sign in at the consoles of this site."), no_args_is_help=True, rich_markup_mode=None
)

OperatorId = Annotated[
    str, typer.Argument(metavar="NAME", help=_("account such as wang.fang: a to z, digits, dots"))
]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help=_("read the password from standard input, one line"))
]
Operators = Sequence[Operator]


def _file(config: Path | None) -> Path:
    """Where operators.toml stands, or would stand."""
    return (user_folder(config) or Path.home() / ".config" / "czt") / FILE


@app.command(help=_("Add somebody; from the first one on, everybody has to sign in."))
def add(
    name: OperatorId,
    role: Annotated[Role, typer.Option(help=_("what he may do, see roles.toml"))] = Role.DISPATCHER,
    name_zh: Annotated[str, typer.Option(help=_("name in Chinese, as the console shows it"))] = "",
    name_en: Annotated[str, typer.Option(help=_("name in English"))] = "",
    password_stdin: FromStdin = False,
    config: ConfigDir = None,
) -> None:
    """A new account with its password, asked for twice."""
    file = _file(config)
    spoken = Name(zh=_spoken(name_zh or name_en or name), en=_spoken(name_en or name_zh or name))
    try:
        fresh = Operator(id=name, name=spoken, role=role)
    except ValidationError:
        raise DispatchError(
            _(
                "{name} cannot be an account: 2 to 32 of a-z, 0-9, dot, hyphen, underscore, a letter first",
                name=safe_text(name, 40),
            )
        ) from None
    first = not file.is_file()
    if not first and any(one.id == name for one in load_operators(file)):
        raise DispatchError(_taken(name))
    made = fresh.model_copy(update={"password": Passwords().hashed(_password(name, password_stdin))})

    def change(held: tuple[Operator, ...]) -> Operators:
        if any(one.id == name for one in held):
            raise DispatchError(_taken(name))
        return (*held, made)

    change_operators(file, change)
    typer.echo(_("{name} may sign in as {role}", name=name, role=_(ROLE_NAMES[role])))
    if first:
        typer.echo(_("{file} was begun: consoles that start from now on ask everybody to sign in", file=file))


def _taken(name: str) -> str:
    return _("{name} is there already; another password: czt operators passwd {name}", name=name)


def _spoken(name: str) -> str:
    if not name.strip() or not name.isprintable() or len(name) > 40:
        raise DispatchError(_("a name has 1 to 40 characters and no control characters"))
    return name.strip()


@app.command("list", help=_("List everybody with his role; never a password."))
def list_operators(
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    config: ConfigDir = None,
) -> None:
    """One line for each."""
    file = _file(config)
    held = load_operators(file) if file.is_file() else ()
    if as_json:
        said = [{**one.model_dump(mode="json"), "second_factor": bool(one.totp)} for one in held]
        typer.echo(json.dumps(said, ensure_ascii=False))
        return
    if not held:
        typer.echo(_("nobody: the operator of settings.toml sits at the console without signing in"))
    for one in held:
        names = f"{fit(safe_text(one.name.zh, 40), 12)} {fit(safe_text(one.name.en, 40), 20)}"
        state = " ".join(_states(one))
        typer.echo(f"{one.id:<20} {names} {fit(_(ROLE_NAMES[one.role]), 20)} {state}".rstrip())
    if file.is_file() and stat.S_IMODE(file.stat().st_mode) & 0o077:
        typer.echo(_("{file} can be read by others: chmod 600 {file}", file=file), err=True)


def _states(one: Operator) -> list[str]:
    factor = [_("second factor")] if one.totp else []
    return factor if one.active else [*factor, _("disabled")]


@app.command(help=_("Give somebody a second factor: a code of an authenticator beside the password."))
def totp(
    name: OperatorId,
    off: Annotated[bool, typer.Option("--off", help=_("take it away: the password is enough again"))] = False,
    secret_stdin: Annotated[
        bool,
        typer.Option(
            "--secret-stdin", help=_("the secret of a token (base32) from standard input, one line")
        ),
    ] = False,
    config: ConfigDir = None,
) -> None:
    """A new secret is shown once, and kept after a code of it was typed; a token brings its own."""
    file = _there(config, name)
    if off:
        change_operators(file, _changing(name, {"totp": ""}))
        typer.echo(_("{name} signs in with the password alone", name=name))
        return
    secret = _secret_of_token() if secret_stdin else _enrolled(name)
    change_operators(file, _changing(name, {"totp": secret}))
    typer.echo(_("{name} needs a code beside the password from now on", name=name))


def _secret_of_token() -> str:
    secret = spelt_secret(_first_line())
    if not usable(secret):
        raise DispatchError(_("this is no secret of a second factor: base32 of 128 bits or more"))
    return secret


def _enrolled(name: str) -> str:
    """A new secret whose code was typed, so that nobody is shut out by an authenticator that has another."""
    if not sys.stdin.isatty():
        raise DispatchError(_("there is no terminal to show a secret on: give --secret-stdin"))
    secret = fresh_secret()
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    typer.echo(_("Type this into the authenticator, or open the address; it is shown only now."))
    typer.echo(f"{groups}\n{address(secret, name)}")
    code = typer.prompt(_("The six digits it shows"))
    if matching_step(secret, code, SystemClock().now()) is None:
        raise DispatchError(_("this code is wrong, nothing was changed: is the clock of both right?"))
    return secret


@app.command(help=_("Set another password."))
def passwd(name: OperatorId, password_stdin: FromStdin = False, config: ConfigDir = None) -> None:
    """Whoever is signed in with the old one stays signed in."""
    file = _there(config, name)
    fresh = Passwords().hashed(_password(name, password_stdin))
    change_operators(file, _changing(name, {"password": fresh}))
    typer.echo(_("{name} has another password", name=name))


@app.command(help=_("Keep somebody out; his name stays for the audit log."))
def disable(name: OperatorId, config: ConfigDir = None) -> None:
    """Running consoles sign him out."""
    left = change_operators(_there(config, name), _changing(name, {"active": False}))
    typer.echo(_("{name} cannot sign in any more", name=name))
    if not any(one.active for one in left):
        typer.echo(_("nobody is left who can sign in: only break-glass is"), err=True)


@app.command(help=_("Let somebody in again who was disabled."))
def enable(name: OperatorId, config: ConfigDir = None) -> None:
    """With the password he had."""
    change_operators(_there(config, name), _changing(name, {"active": True}))
    typer.echo(_("{name} can sign in again", name=name))


def _there(config: Path | None, name: str) -> Path:
    """The file, in which `name` stands; DispatchError lists who does."""
    file = _file(config)
    known = [one.id for one in load_operators(file)] if file.is_file() else []
    if name not in known:
        listed = ", ".join(known) or _("nobody")
        raise DispatchError(
            _(
                "{name} is not in {file}; there are: {known}",
                name=safe_text(name, 40),
                file=file,
                known=listed,
            )
        )
    return file


def _changing(name: str, changes: dict[str, object]) -> Callable[[tuple[Operator, ...]], Operators]:
    return lambda held: [one.model_copy(update=changes) if one.id == name else one for one in held]


def _password(name: str, from_stdin: bool) -> str:
    """A new password, typed twice without showing it, or the first line of standard input."""
    if from_stdin:
        typed = _first_line()
    elif sys.stdin.isatty():
        typed = typer.prompt(_("Password of {name}", name=name), hide_input=True)
        if typer.prompt(_("The same once more"), hide_input=True) != typed:
            raise DispatchError(_("the two passwords differ"))
    else:
        raise DispatchError(_("there is no terminal to ask for the password: give --password-stdin"))
    weak = weakness(typed, name)
    if weak:
        raise DispatchError(weak)
    return typed


def _first_line() -> str:
    try:
        return sys.stdin.buffer.readline().decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise DispatchError(_("standard input is not UTF-8 text")) from None
