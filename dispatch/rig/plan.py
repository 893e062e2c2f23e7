"""What a drill is to be, before anything of it runs."""

from dataclasses import dataclass
from pathlib import Path

from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.language import _
from dispatch.settings import Configuration
from simulators.scenarios import Scenario, load_scenario, scenario_files


@dataclass(frozen=True, slots=True)
class DrillPlan:
    """What was asked for: which scenario, which seed, how fast, which city a person sits in."""

    scenario: Scenario
    file: Path
    seed: int
    speed: float = 1.0
    staffed: CityCode | None = None
    config: Path | None = None


def plan_drill(
    configuration: Configuration,
    name: str,
    *,
    seed: int | None = None,
    speed: float = 1.0,
    staffed: CityCode | None = None,
    config: Path | None = None,
) -> DrillPlan:
    """The plan of a drill by its scenario's name; DispatchError lists the names there are."""
    files = scenario_files(config)
    if name not in files:
        raise DispatchError(
            _("no drill is called {name}; there are: {known}", name=name, known=", ".join(files))
        )
    scenario = load_scenario(files[name], configuration)
    chosen = scenario.seed if seed is None else seed
    return DrillPlan(scenario, files[name], chosen, speed, staffed, config)
