"""After a power cut everything that was promised is there; with a careless setting it is seen to be lost.

CZT_POWER_CUTS sets how many images are made of each file (200 here; `make reliability` makes 10,000).
"""

import os
from pathlib import Path

import pytest

from tests.reliability.power import FAULTS, power_cuts

CUTS = int(os.environ.get("CZT_POWER_CUTS", "200"))
SEED = 20261126


@pytest.mark.parametrize("what", FAULTS)
def test_a_power_cut_loses_nothing_that_was_promised(what: str, tmp_path: Path) -> None:
    assert power_cuts(what, tmp_path, CUTS, SEED) == []


@pytest.mark.parametrize("what", FAULTS)
def test_without_the_syncs_the_same_cuts_lose_something(what: str, tmp_path: Path) -> None:
    assert power_cuts(what, tmp_path, CUTS, SEED, careless=True)
