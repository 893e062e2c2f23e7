"""`czt doctor`: look at this machine and say what stands between it and a working console, with cures."""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from dispatch.cli.options import ConfigDir
from dispatch.clock import Clock, SystemClock
from dispatch.doctor import brokers, configured, machine_clock, records, secret_files, terminal, text_shown
from dispatch.doctor.asking import terminal as ask_terminal
from dispatch.doctor.finding import Finding, Level, exit_code
from dispatch.doctor.printed import document, lines
from dispatch.doctor.rules import DoctorRules, load_doctor_rules, shipped_rules
from dispatch.domain.errors import BadConfiguration, DispatchError
from dispatch.domain.geography import CityCode
from dispatch.feed.mqtt import over_mqtt
from dispatch.feed.transport import Endpoint
from dispatch.language import _, current
from dispatch.rig import running_drill, running_drill_clock
from dispatch.settings import Configuration, user_folder


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help=_("the data folder to look at; default: that of the settings")),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help=_("connect to no broker and compare no clock"))
    ] = False,
    config: ConfigDir = None,
) -> None:
    """Exit code 1 when something is at fault; warnings and notes leave it at 0."""
    rules = _rules(config)
    findings = list(_all(rules, config, folder, offline=offline))
    if as_json:
        typer.echo(document(findings))
    else:
        for line in lines(findings, rules.sample):
            typer.echo(line)
    if code := exit_code(findings):
        raise typer.Exit(code)


def _rules(config: Path | None) -> DoctorRules:
    try:
        return load_doctor_rules(config)
    except BadConfiguration:  # a finding says so, with file and line, like of every other wrong file
        return shipped_rules()


def _all(rules: DoctorRules, config: Path | None, folder: Path | None, *, offline: bool) -> Iterator[Finding]:
    with ask_terminal(rules.answer_s) as ask:
        yield from terminal.look(rules, ask, _size(), os.environ)
    encoding = getattr(sys.stdout, "encoding", "") or ""
    yield from text_shown.look(os.environ, encoding, text_shown.installed_fonts)
    configuration, found = configured.look(config)
    yield from found
    yield from machine_clock.look(machine_clock.synchronized())
    if configuration is None:
        said = _("brokers and records were not looked at: the configuration cannot be read")
        yield Finding("broker.none", Level.NOTE, said)
        return
    if not offline:
        yield from _network(rules, configuration)
    yield from records.look(rules, folder or configuration.settings.data_dir)
    yield from secret_files.look(configuration.settings, user_folder(config))


def _size() -> tuple[int, int] | None:
    """Columns and lines of the terminal; None when none of the three streams is one."""
    for stream in (sys.__stdout__, sys.__stderr__, sys.__stdin__):
        if stream is not None and stream.isatty():
            size = os.get_terminal_size(stream.fileno())
            return size.columns, size.lines
    return None


def _network(rules: DoctorRules, configuration: Configuration) -> Iterator[Finding]:
    settings = configuration.settings
    try:
        cities, clock = _brokers(configuration)
    except DispatchError as error:
        cure = _("write the password into that file, one line, and chmod 600 it")
        yield Finding("broker.password", Level.FAULT, str(error), cure)
        return
    if not cities:
        yield brokers.own_broker(settings)
        return
    heard = asyncio.run(brokers.listen(over_mqtt(cities, clock), cities, rules.listen_s))
    names = {city.code: city.name.text(current()) for city in configuration.cities}
    yield from brokers.judge(rules, settings, names, cities, heard)


def _brokers(configuration: Configuration) -> tuple[Mapping[CityCode, Endpoint], Clock]:
    """The configured brokers and this machine's time; else those of the drill that runs here, in its time."""
    settings = configuration.settings
    if settings.links:
        found = {city: link.endpoint(settings.node) for city, link in settings.links.items()}
        return found, SystemClock()
    return running_drill(configuration), running_drill_clock(configuration) or SystemClock()
