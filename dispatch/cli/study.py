"""`czt study`: policies compared on synthetic days, other simulators' traces replayed, real calls read."""

import typer

from dispatch.cli import study_blood, study_calls, study_replay, study_run
from dispatch.language import _

app = typer.Typer(
    help=_("Studies without a wire: compare policies, replay traces of other simulators, read real calls."),
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("scenarios", help=_("List the study scenarios."))(study_run.scenarios)
app.command("run", help=_("Compare policies on a scenario, with common random numbers."))(study_run.run)
app.command("replay", help=_("Replay another simulator's trace, call by call."))(study_replay.replay_command)
app.command("calls", help=_("Replay a CSV of real calls on the three cities."))(study_calls.calls_command)
app.command("calibrate", help=_("Fit durations to a CSV of real responses."))(study_calls.calibrate_command)
app.command("blood", help=_("Outdates and shortages of blood: no sharing, sharing when short, moves."))(
    study_blood.blood
)
