"""Three simulated cities with lending: the same seed is the same life, with the real database too.

`make chaos` looks for lives in which something happens that must not.
"""

from pathlib import Path

import pytest

from dispatch.domain.geography import CityCode
from tests.chaos.store_disk import StoreDisk
from tests.chaos.world import simulate

LIFE = 2_500
"""Events of trouble in one seed's life, before the peace at its end."""


def test_the_same_seed_is_the_same_life() -> None:
    assert simulate(7, LIFE) == simulate(7, LIFE) != simulate(8, LIFE)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_the_real_database_lives_the_same_life(seed: int, tmp_path: Path) -> None:
    """The same seeds with SQLite under the centres, closed and opened again at each death."""
    disks: list[StoreDisk] = []

    def disk(city: CityCode) -> StoreDisk:
        disks.append(StoreDisk(tmp_path / f"{city}.db", city))
        return disks[-1]

    with_files = simulate(seed, LIFE, disk=disk)
    for one in disks:
        one.close()
    assert not with_files.violation
    assert with_files == simulate(seed, LIFE)
