"""`czt replay`: a recorded shift in the console again, to be looked at."""

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from dispatch.cli.options import ConfigDir
from dispatch.cli.report import Logs, OnlyDrill, with_centres
from dispatch.clock import CHINA, epoch_ms
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.language import _

Speed = Annotated[float, typer.Option("--speed", min=0.1, max=3600, help=_("recorded minutes per minute"))]
From = Annotated[
    datetime | None,
    typer.Option(
        "--from",
        formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"],
        help=_("begin at this time (China time)"),
    ),
]

TrackFiles = Annotated[
    list[Path] | None,
    typer.Option("--tracks", help=_("where vehicles drove; without it: tracks.db beside each centre's log")),
]


def replay(
    logs: Logs,
    speed: Speed = 1.0,
    since: From = None,
    drill: OnlyDrill = None,
    tracks: TrackFiles = None,
    config: ConfigDir = None,
) -> None:
    """Play the rows of the logs in the console; nothing can be done, and nothing is written."""
    from dispatch.replay.app import ReplayApp
    from dispatch.replay.clock import ReplayClock
    from dispatch.replay.desk import ReplayDesk
    from dispatch.replay.driven import Driven
    from dispatch.replay.player import Player
    from dispatch.replay.scene import Scene
    from dispatch.report.logs import chosen_kind, of_kind, read_logs
    from dispatch.settings import load
    from dispatch.tracks.read import Tracks
    from dispatch.tracks.store import FILE as TRACKS_FILE

    configuration = load(config)
    files = with_centres(logs)
    read = read_logs(files)
    for log in read:
        if not log.whole:
            problem = _("{file} is NOT whole: only {rows} rows are played", file=log.name, rows=log.read)
            typer.echo(problem, err=True)
    kind = chosen_kind(read, drill)
    rows = [row for log in of_kind(read, drill=kind)[0] for row in log.rows]
    if not rows:
        raise DispatchError(_("there is nothing to play: the logs hold no row of this kind"))
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if not all(stream.isatty() for stream in streams) or os.environ.get("TERM", "") in ("", "dumb"):
        raise DispatchError(_("the console needs a terminal; for scripts there is czt report --json"))
    consoles = [log for log in read if log.kind == "console"]
    home = CityCode((consoles or read)[0].city)
    picture = configuration.new_picture()
    player = Player(rows, Scene(picture, home if home in picture.cities else next(iter(picture.cities))))
    at_ms = None if since is None else epoch_ms(since.replace(tzinfo=CHINA))
    clock = ReplayClock(player.from_ms, player.to_ms, speed=speed, at_ms=at_ms)
    desk = ReplayDesk(player.scene, clock, configuration, drill=kind)
    beside = {log.with_name(TRACKS_FILE) for log in files}
    found = [Tracks(file) for file in (tracks or sorted(file for file in beside if file.is_file()))]
    driven = Driven([one for one in found if one.drill is kind])
    ReplayApp(desk, player, driven, config=config).run()
