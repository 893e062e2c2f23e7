"""`czt drill` and `czt console`: the console over simulated cities, or over real ones."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispatch import summary
from dispatch.autopilot import Autopilot
from dispatch.causes import cause
from dispatch.cli.lazily import loading
from dispatch.cli.options import ConfigDir
from dispatch.cli.report import with_centres
from dispatch.clock import Clock, DrillClock, SystemClock, speed_of
from dispatch.decide.picture_document import PictureDocument
from dispatch.desk.making import AUDIT_FILE
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.domain.operators import Role
from dispatch.feed.access import Program, ProgramRole
from dispatch.feed.mqtt import over_mqtt
from dispatch.feed.self_test import RightsTest
from dispatch.feed.transport import Connect
from dispatch.language import _, current
from dispatch.report.logs import read_logs
from dispatch.report.score import score
from dispatch.report.score_model import Score
from dispatch.report.score_printed import score_lines
from dispatch.rig import (
    SIMULATOR_LOG,
    DrillPlan,
    Reins,
    Rig,
    as_json,
    open_rig,
    plan_drill,
    running_drill,
    running_drill_clock,
    running_drill_door,
    seat_beside,
)
from dispatch.runtime import Session, open_session
from dispatch.settings import Configuration, load
from dispatch.settings.operators import operators_file
from simulators.scenarios import CHINA, load_scenario, scenario_files

if TYPE_CHECKING:
    from dispatch.console.app import ConsoleApp

HEADLESS_MIN = 2.0
SUMMARY_FILE = "summary.json"
PICTURE_FILE = "picture.json"


def drill(
    scenario: Annotated[str, typer.Argument(help=_("which scenario; czt drills lists them"))] = "quiet-shift",
    headless: Annotated[
        bool, typer.Option("--headless", help=_("without a screen: an automatic dispatcher acts"))
    ] = False,
    minutes: Annotated[
        float | None, typer.Option("--minutes", min=0.1, help=_("end after so many minutes of drill time"))
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, max=2**53 - 1, help=_("same seed, same calls"))
    ] = None,
    speed: Annotated[
        float, typer.Option("--speed", min=0.1, max=60, help=_("drill minutes per minute"))
    ] = 1.0,
    city: Annotated[
        str | None, typer.Option("--city", help=_("the city you sit in; the settings name one"))
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help=_("folder for audit log and summary"))] = None,
    join: Annotated[
        bool, typer.Option("--join", help=_("one more console in the drill that runs on this machine"))
    ] = False,
    tour: Annotated[
        bool, typer.Option("--tour", help=_("begin with the guided tour of the console"))
    ] = False,
    config: ConfigDir = None,
) -> None:
    """Run a drill with the console, or without a screen."""
    configuration = _at_home_in(load(config), city)
    if join:
        _join(configuration, out, config)
        return
    staffed = configuration.settings.home_city
    plan = plan_drill(configuration, scenario, seed=seed, speed=speed, staffed=staffed, config=config)
    folder = _folder(configuration, plan, out)
    if not headless and not _has_terminal():
        typer.echo(_("There is no terminal here: the drill runs without a screen."))
        headless = True
    if headless:
        minutes = HEADLESS_MIN if minutes is None else minutes
        typer.echo(
            _(
                "{name}: {minutes:g} minutes of drill time, seed {seed}",
                name=_name(plan),
                minutes=minutes,
                seed=plan.seed,
            )
        )
    asyncio.run(_drill(configuration, plan, folder, minutes, headless=headless, tour=tour))


def _join(configuration: Configuration, out: Path | None, config: Path | None) -> None:
    """Another desk of a city, with an audit log of its own, over the brokers of the running drill."""
    endpoints, clock = running_drill(configuration), running_drill_clock(configuration)
    if clock is None:
        raise DispatchError(_("no drill runs on this machine: start one with czt drill, then join it"))
    if not _has_terminal():
        raise DispatchError(_("the console needs a terminal; for scripts there is czt drill --headless"))
    with seat_beside(configuration, configuration.settings.home_city) as desk:
        settings = configuration.settings.model_copy(update={"desk": desk, "node": f"console-{desk}"})
        seated = configuration.model_copy(update={"settings": settings})
        name = f"{_moment()}-{settings.home_city}-{desk}"
        folder = _made(out or settings.data_dir / "drills" / name)
        door = running_drill_door(configuration)
        reins = None if door is None else Reins(door)
        asyncio.run(_console(seated, over_mqtt(endpoints, clock), clock, folder, config, reins=reins))


def _has_terminal() -> bool:
    """Keys come from standard input, and the screen is drawn on standard error."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(stream.isatty() for stream in streams) and os.environ.get("TERM", "") not in ("", "dumb")


def _name(plan: DrillPlan) -> str:
    return plan.scenario.name.text(current())


def _at_home_in(configuration: Configuration, city: str | None) -> Configuration:
    if city is None:
        return configuration
    known = [known.code for known in configuration.cities]
    if city not in known:
        raise DispatchError(
            _("no city is called {city}; there are: {known}", city=city, known=", ".join(known))
        )
    settings = configuration.settings.model_copy(update={"home_city": CityCode(city)})
    return configuration.model_copy(update={"settings": settings})


def _folder(configuration: Configuration, plan: DrillPlan, out: Path | None) -> Path:
    """A fresh folder for each drill, so that no two write one audit log."""
    name = f"{_moment()}-{plan.file.stem}"
    folder = _made(out or configuration.settings.data_dir / "drills" / name)
    if (folder / SUMMARY_FILE).exists():
        raise DispatchError(
            _("{folder} holds a drill already: name another folder with --out", folder=folder)
        )
    return folder


def _moment() -> str:
    return f"{SystemClock().now().astimezone(CHINA):%Y%m%d-%H%M%S}"


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = _(
            "cannot write to {folder}: {error}; name another with --out", folder=folder, error=cause(error)
        )
        raise DispatchError(problem) from error
    return folder


async def _drill(
    configuration: Configuration,
    plan: DrillPlan,
    folder: Path,
    minutes: float | None,
    *,
    headless: bool,
    tour: bool = False,
) -> None:
    typer.echo(_("Starting the three cities: brokers, centres, simulated units"), err=True)
    async with open_rig(configuration, plan, folder) as rig:
        connect = over_mqtt(rig.endpoints, rig.clock)
        operators = None if headless else operators_file(plan.config)
        async with open_session(
            configuration,
            connect,
            rig.clock,
            folder,
            drill=True,
            operators=operators,
            reins=None if rig.door is None else Reins(rig.door),
        ) as session:
            rig.steering.on_steered = partial(_note_script, session)
            begun = {"scenario": plan.file.stem, "seed": plan.seed, "speed_percent": round(plan.speed * 100)}
            session.write("drill.started", plan.file.stem, begun)
            telling = asyncio.create_task(_tell_when_ended(session, rig), name="simulators ended")
            if headless:
                await _without_screen(session, rig, (minutes or HEADLESS_MIN) * 60)
            else:
                await _with_screen(session, plan.config, minutes and minutes * 60, tour=tour)
            telling.cancel()
            session.write("drill.ended", plan.file.stem, {"drill_s": round(rig.elapsed_s)})
            seen = summary.seen_by(session)
            _write_picture(session, folder)
        drill_s = round(rig.elapsed_s)
    proof = summary.audited(folder, configuration.settings.home_city)
    centres = summary.centres({city: child.folder for city, child in rig.centres.items()})
    scored = await asyncio.to_thread(_scored, folder, configuration)
    about = {**as_json(rig), "drill_s": drill_s, "centres": centres, "score": scored.model_dump()}
    told = summary.whole(about, seen, proof)
    summary.write(told, folder / SUMMARY_FILE)
    with contextlib.suppress(OSError):  # the terminal may be gone
        typer.echo("\n".join([*summary.lines(told, configuration, folder), *score_lines(scored)]))


def _scored(folder: Path, configuration: Configuration) -> Score:
    """What was dispatched in the drill, against hindsight."""
    return score(read_logs(with_centres([folder / AUDIT_FILE])), configuration, drill=True)


async def _tell_when_ended(session: Session, rig: Rig) -> None:
    """Simulators that end before the drill does are a fault that everybody at the console must see."""
    await rig.ended.wait()
    session.alarm("simulators_ended", {"file": SIMULATOR_LOG})


async def _without_screen(session: Session, rig: Rig, seconds: float) -> None:
    """The automatic dispatcher acts until the time is over or somebody interrupts; a line tells how far."""
    pilot = asyncio.create_task(Autopilot(session.desk).run(), name="autopilot")
    stop = _interrupted()
    try:
        while (left := seconds - rig.elapsed_s) > 0 and not stop.is_set():
            _progress(session, rig.elapsed_s, seconds)
            if pilot.done():
                pilot.result()  # a fault of ours ends the drill loudly
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(10.0, left / rig.clock.speed)):
                    await stop.wait()
    finally:
        pilot.cancel()
    _progress(session, rig.elapsed_s, seconds)


def _progress(session: Session, elapsed_s: float, whole_s: float) -> None:
    picture = session.picture
    typer.echo(
        _(
            "{elapsed:5.0f} s of {whole:.0f} s: {units} units seen, {incidents} open incidents, "
            "{refused} messages refused",
            elapsed=min(elapsed_s, whole_s),
            whole=whole_s,
            units=int((picture.fleet.fixed_ms > 0).sum()),
            incidents=len(picture.open_incidents()),
            refused=session.quarantine.total,
        ),
        err=True,
    )


def _interrupted() -> asyncio.Event:
    """Set by Ctrl+C or a polite kill, so that a headless drill still ends with its summary."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    return stop


async def _with_screen(
    session: Session, config: Path | None, seconds: float | None, *, tour: bool = False
) -> None:
    """The console until somebody leaves it, or `seconds` of the session's clock have passed."""
    with loading():
        from dispatch.console.app import ConsoleApp
        from dispatch.console.appearance import LOOK_FILE
        from dispatch.console.terminal import ambiguous_is_wide

    kept = session.configuration.settings.data_dir / LOOK_FILE
    app = ConsoleApp(session.desk, config=config, tour=tour, look_file=kept, wide_signs=ambiguous_is_wide())
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal still ends with the last audit row
        loop.add_signal_handler(sign, app.exit)
    ending = None if seconds is None else asyncio.create_task(_exit_after(app, session.clock, seconds))
    await app.run_async()
    if ending is not None:
        ending.cancel()


async def _exit_after(app: "ConsoleApp", clock: Clock, seconds: float) -> None:
    """By the session's clock, which a drill leader may stop or hurry."""
    end = clock.monotonic() + seconds
    while (left := end - clock.monotonic()) > 0:  # noqa: ASYNC110 - a clock sets no event
        await asyncio.sleep(min(1.0, left / speed_of(clock)))
    app.exit()


def _note_script(session: Session, act: str, said: Mapping[str, object]) -> None:
    """What a script did to the drill; what a console did stands in that console's own log."""
    if said.get("via") == "script":
        told = {name: json.dumps(value, ensure_ascii=False) for name, value in said.items() if name != "by"}
        actor = str(said.get("by", ""))
        session.audit.append_soon(
            "drill.steered", actor=actor, role=Role.DRILL_LEADER.value, target=act, detail=told
        )


def _write_picture(session: Session, folder: Path) -> None:
    """The last picture as a document, so that `czt recommend` can be asked about it."""
    document = PictureDocument.from_picture(session.picture, session.clock.now())
    (folder / PICTURE_FILE).write_text(document.model_dump_json(indent=1) + "\n", encoding="utf-8")


def drills(config: ConfigDir = None) -> None:
    """List the scenarios with what they practise."""
    configuration = load(config)
    for name, path in scenario_files(config).items():
        scenario = load_scenario(path, configuration)
        typer.echo(f"{name:24} {scenario.name.text(current())}")
        typer.echo(f"{'':24} {scenario.description.text(current())}")


def console(config: ConfigDir = None) -> None:
    """Open the console over the brokers that settings.toml names."""
    configuration = load(config)
    settings = configuration.settings
    needed = [one.code for one in configuration.cities if settings.reached(one.code)]
    missing = [city for city in needed if city not in settings.links]
    if missing:
        raise DispatchError(
            _(
                "no broker is configured for {cities}: add [links.…] to settings.toml, or try czt drill",
                cities=", ".join(missing),
            )
        )
    if not _has_terminal():
        raise DispatchError(_("the console needs a terminal; for scripts there is czt drill --headless"))
    clock = SystemClock()
    endpoints = {city: settings.links[city].endpoint(settings.node) for city in needed}
    rights = RightsTest(Program(settings.home_city, ProgramRole.CONSOLE, settings.node), endpoints, clock)
    connect = rights.over(over_mqtt(endpoints, clock))
    asyncio.run(_console(configuration, connect, clock, settings.data_dir, config, rights))


async def _console(
    configuration: Configuration,
    connect: Connect,
    clock: Clock,
    folder: Path,
    config: Path | None,
    rights: RightsTest | None = None,
    reins: Reins | None = None,
) -> None:
    drill, operators = isinstance(clock, DrillClock), operators_file(config)
    async with open_session(
        configuration,
        connect,
        clock,
        folder,
        drill=drill,
        operators=operators,
        rights=rights,
        reins=reins,
    ) as session:
        await _with_screen(session, config, None)
