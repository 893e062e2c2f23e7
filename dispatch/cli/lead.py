"""`czt lead`: what a drill leader does to the drill that runs on this machine, for scripts."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from dispatch.cli.options import ConfigDir
from dispatch.domain.drills import EVENTS, Course
from dispatch.domain.errors import DispatchError, UnknownName
from dispatch.domain.operators import ROLE_NAMES, Right
from dispatch.language import _, current
from dispatch.rig import Reins, running_drill_door
from dispatch.settings import Configuration, load
from dispatch.settings.operators import operators_file
from dispatch.signin.passwords import Passwords
from dispatch.signin.roster import Roster
from dispatch.text import safe_text

app = typer.Typer(
    help=_("Lead the drill that runs on this machine: let things happen, pause it, change its pace."),
    no_args_is_help=True,
    rich_markup_mode=None,
)
As = Annotated[
    str | None, typer.Option("--as", help=_("who leads, as the audit log names him; the settings name one"))
]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help=_("read the password from standard input, one line"))
]
AsJson = Annotated[bool, typer.Option("--json", help=_("print JSON"))]


@app.command(help=_("Show how the drill stands and what happens in it."))
def look(as_json: AsJson = False, config: ConfigDir = None) -> None:
    """Nobody has to sign in to look: the announcement is readable by its user only."""
    answer = asyncio.run(_reins(load(config)).ask("look"))
    course = Course.model_validate_json(json.dumps(answer["course"]))
    if as_json:
        typer.echo(course.model_dump_json(indent=1))
        return
    pace = _("stands still") if course.paused else _("runs at ×{speed}", speed=f"{course.speed:g}")
    typer.echo(f"{course.name.text(current())}  {course.elapsed_s / 60:.1f} min  {pace}")
    for one in sorted(course.events, key=lambda each: each.begins_s):
        facts = one.event.model_dump(mode="json", exclude={"kind", "at_min"}, exclude_defaults=True)
        said = " ".join(f"{name}={safe_text(str(value), 60)}" for name, value in facts.items())
        did = " ".join(f"{name}={value}" for name, value in one.did.items())
        standing = "x" if one.called_off else "-" if one.happened_s is None else "+"
        typer.echo(
            f"{standing} {one.key:4} {one.begins_s / 60:7.1f}  {one.event.kind:18} {said}  {did}".rstrip()
        )


@app.command(help=_("Let an event happen: its kind, and its fields as name=value."))
def inject(
    kind: Annotated[str, typer.Argument(help=_("a kind of event, as in scenario files"))],
    fields: Annotated[list[str] | None, typer.Argument(help=_("name=value, as in scenario files"))] = None,
    operator: As = None,
    password_stdin: FromStdin = False,
    config: ConfigDir = None,
) -> None:
    """Values are read as JSON where they are JSON, else as text; without at_min it happens now."""
    if kind not in EVENTS:
        known = ", ".join(EVENTS)
        raise DispatchError(_("{kind} is no kind of event; allowed: {known}", kind=kind, known=known))
    event: dict[str, object] = {"kind": kind}
    for word in fields or ():
        name, equals, value = word.partition("=")
        if not equals:
            raise DispatchError(_("{word} is no field: write name=value", word=safe_text(word, 60)))
        event[name] = _value(value)
    answer = _act("inject", operator, load(config), config, from_stdin=password_stdin, event=event)
    typer.echo(json.dumps(answer, ensure_ascii=False))


@app.command(help=_("End an event before its time, or call it off: its key, as look shows it."))
def end(
    key: Annotated[str, typer.Argument(help=_("the key of an event, e.g. L1 or S2"))],
    operator: As = None,
    password_stdin: FromStdin = False,
    config: ConfigDir = None,
) -> None:
    """What is over at once cannot be ended."""
    answer = _act("end", operator, load(config), config, from_stdin=password_stdin, key=key)
    typer.echo(json.dumps(answer, ensure_ascii=False))


@app.command(help=_("Stop drill time for everybody in the drill."))
def pause(operator: As = None, password_stdin: FromStdin = False, config: ConfigDir = None) -> None:
    """It stands within a second."""
    typer.echo(json.dumps(_act("pause", operator, load(config), config, from_stdin=password_stdin)))


@app.command(help=_("Let drill time go on at the pace it had."))
def resume(operator: As = None, password_stdin: FromStdin = False, config: ConfigDir = None) -> None:
    """It goes on within a second."""
    typer.echo(json.dumps(_act("resume", operator, load(config), config, from_stdin=password_stdin)))


@app.command(help=_("Run the drill at another pace: drill minutes per minute."))
def speed(
    pace: Annotated[float, typer.Argument(help=_("drill minutes per minute"))],
    operator: As = None,
    password_stdin: FromStdin = False,
    config: ConfigDir = None,
) -> None:
    """For everybody in it, within a second."""
    answer = _act("speed", operator, load(config), config, from_stdin=password_stdin, speed=pace)
    typer.echo(json.dumps(answer))


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _reins(configuration: Configuration) -> Reins:
    door = running_drill_door(configuration)
    if door is None:
        raise DispatchError(_("no drill runs on this machine: start one with czt drill"))
    return Reins(door)


def _act(
    act: str,
    operator: str | None,
    configuration: Configuration,
    config: Path | None,
    *,
    from_stdin: bool,
    **more: object,
) -> dict[str, object]:
    """Do it in the name of somebody who may; DispatchError otherwise."""
    reins = _reins(configuration)
    leader = _leader(
        operator or configuration.settings.operator, configuration, config, from_stdin=from_stdin
    )
    return asyncio.run(reins.ask(act, leader, via="script", **more))


def _leader(name: str, configuration: Configuration, config: Path | None, *, from_stdin: bool) -> str:
    """Where operators are kept, one of them who may lead a drill and knows his password; else the name."""
    roster = Roster(operators_file(config))
    if not roster.kept:
        return name
    known = roster.get(name)
    if known is None or not known.active:
        raise UnknownName(_("operator"), safe_text(name, 40))
    if not configuration.rights.may(known.role, Right.DRILL):
        raise DispatchError(_("the role {role} may not lead a drill", role=_(ROLE_NAMES[known.role])))
    typed = sys.stdin.readline().rstrip("\n") if from_stdin else typer.prompt(_("Password"), hide_input=True)
    if not Passwords().fits(known.password, typed):
        raise DispatchError(_("that is not the password of {name}", name=known.id))
    return known.id
