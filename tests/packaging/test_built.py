"""What is built: the same bytes anywhere and at any time, from the checkout and from the sdist."""

import os
import tarfile
import zipfile
from pathlib import Path

from tests.packaging.conftest import built, copied


def test_two_builds_at_different_places_and_times_give_the_same_bytes(tmp_path: Path) -> None:
    one, other = copied(tmp_path / "one"), copied(tmp_path / "somewhere" / "else")
    for number, file in enumerate(other.rglob("*")):
        os.utime(file, (1_000_000_000 + number, 1_000_000_000 + number))
        if file.is_file():
            file.chmod(0o600)
    first = built(one, tmp_path / "first", "wheel", "sdist")
    second = built(other, tmp_path / "second", "wheel", "sdist", umask=0o077)
    assert sorted(first) == sorted(second)
    assert len(first) == 2
    for name, content in first.items():
        assert content == second[name], f"{name} differs between two builds of the same files"


def test_the_sdist_builds_the_wheel_that_the_checkout_builds(tmp_path: Path, wheel: Path) -> None:
    built(copied(tmp_path / "checkout"), tmp_path / "sdist", "sdist")
    (sdist,) = (tmp_path / "sdist").iterdir()
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked")  # noqa: S202 - our own, made a moment ago
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert built(unpacked, tmp_path / "again", "wheel") == {wheel.name: wheel.read_bytes()}


def test_whoever_installs_can_read_every_file_of_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        closed = [one.filename for one in archive.infolist() if (one.external_attr >> 16) & 0o444 != 0o444]
    assert not closed
