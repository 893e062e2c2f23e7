"""`czt config`: check the configuration and see what it holds."""

import json
from pathlib import Path

import typer

from dispatch.cli.options import ConfigDir
from dispatch.language import _, current
from dispatch.settings import Configuration, config_dir, load, user_folder
from dispatch.settings.brokers import load_brokers
from dispatch.settings.claims import load_claim_rules
from dispatch.settings.exchange import load_exchange_words
from dispatch.settings.operators import load_operators, operators_file
from dispatch.settings.readiness import unready
from dispatch.travel.opening import in_use
from simulators.assumptions import load_assumptions
from simulators.scenarios import load_scenario, scenario_files

app = typer.Typer(
    help=_("Check the configuration and see what it holds."), no_args_is_help=True, rich_markup_mode=None
)


@app.command(help=_("Read every file; say what is wrong with file and line, or what was read."))
def check(config: ConfigDir = None) -> None:
    """A wrong setting ends with exit code 2 and its file and line."""
    configuration = load(config)
    typer.echo(_("shipped configuration: {folder}", folder=config_dir()))
    folder = user_folder(config)
    typer.echo(_("your folder: {folder}", folder=folder) if folder else _("your folder: none"))
    for line in _counts(configuration):
        typer.echo(line)
    operators = operators_file(config)
    if operators is not None:
        typer.echo(_("{count} may sign in ({file})", count=_active(operators), file=operators))
    brokers = load_brokers(configuration, config)
    typer.echo(_("programs that may connect to a broker: {count}", count=len(brokers.programs)))
    policies = ", ".join(load_claim_rules(config).policies)
    typer.echo(_("policies on blood fees: {names}", names=policies))
    load_exchange_words(config)
    load_assumptions(config)
    typer.echo(_("driving times: {ways}", ways=_driving_times(configuration)))
    drills = [
        load_scenario(path, configuration).name.text(current()) for path in scenario_files(config).values()
    ]
    typer.echo(_("drills: {names}", names=", ".join(drills)))
    for sentence in unready(configuration.settings):
        typer.echo(_("not ready: {what}", what=sentence))


def _driving_times(configuration: Configuration) -> str:
    """What the settings name, opened: a file that cannot be used is a wrong setting."""
    travel = configuration.settings.travel
    with in_use(configuration):
        ways = [travel.table.url if travel.table else None, travel.roads, travel.corrections]
    return ", ".join(str(way) for way in ways if way) or _("estimates only")


def _active(file: Path) -> int:
    return sum(one.active for one in load_operators(file))


def _counts(configuration: Configuration) -> list[str]:
    lines = []
    for city in configuration.cities:
        facts = {
            "units": sum(unit.city == city.code for unit in configuration.units),
            "hospitals": sum(hospital.city == city.code for hospital in configuration.hospitals),
            "banks": sum(bank.city == city.code for bank in configuration.banks),
            "sites": sum(site.city == city.code for site in configuration.sites),
        }
        said = _("{units} units, {hospitals} hospitals, {banks} blood banks, {sites} other places", **facts)
        lines.append(f"{city.name.text(current())}: {said}")
    return lines


@app.command(help=_("Print the whole configuration in force as JSON."))
def show(config: ConfigDir = None) -> None:
    """Everything but the map lines."""
    whole = load(config).model_dump(mode="json", exclude={"ground"})
    typer.echo(json.dumps(whole, ensure_ascii=False, indent=2))
