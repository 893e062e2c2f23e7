"""Damaged files, disks that refuse, clocks that jump: refused in words, or gone on with; never a guess."""

import errno
import os
import random
from pathlib import Path

import pytest

from dispatch.audit.verify import verify
from dispatch.centre.messages import Act, Commit, Report, Request, Said, Tell
from dispatch.centre.reading import CentreUnavailable
from dispatch.centre.vehicle import Vehicle
from dispatch.domain.errors import DispatchError
from dispatch.domain.orders import OrderState, RequestId, Token
from tests.reliability.recorded import CENTRE, CONSOLE, JOB, NOW, UNITS, open_centre

YEAR = 365 * 86_400_000
JUMPS = (0, -YEAR, 3_600_000, -1, 40 * YEAR, -50 * YEAR, 0)
"""Where a clock that was set wrong, and wrong again, may stand."""
TELL = Tell(UNITS[0], RequestId("r1"), Token(1, 1), Act.GO, JOB)


def test_orders_go_on_and_tokens_only_grow_whatever_the_clock_says(tmp_path: Path) -> None:
    last = Token(0, 0)
    for number, jump in enumerate(JUMPS):
        store = open_centre(tmp_path, NOW + jump)
        for other, later in enumerate(JUMPS):
            now, request = NOW + later, RequestId(f"r{number}-{other}")
            store.take([Request(request, UNITS[0], CONSOLE, "li", JOB, now + 60_000)], now)
            held = store.order(request)
            assert held is not None
            assert held.token > last
            last = held.token
            store.take([Commit(request, UNITS[0], CONSOLE, "li", last)], now)
            store.take([Report(UNITS[0], request, last, Said.DONE, "completed")], now)
            done = store.order(request)
            assert done is not None
            assert done.state is OrderState.DONE
        store.close()
    assert verify(tmp_path / CENTRE).ok


@pytest.mark.parametrize("seed", range(8))
def test_a_centre_with_a_damaged_page_starts_only_if_nothing_of_it_is_lost(seed: int, tmp_path: Path) -> None:
    store = open_centre(tmp_path, NOW)
    for number in range(40):
        request = RequestId(f"r{number}")
        store.take([Request(request, UNITS[0], CONSOLE, "li", JOB, NOW + 60_000)], NOW)
        held = store.order(request)
        assert held is not None
        store.take([Commit(request, UNITS[0], CONSOLE, "li", held.token)], NOW)
        store.take([Report(UNITS[0], request, held.token, Said.DONE, "completed")], NOW)
    store.close()
    file, chance = tmp_path / CENTRE, random.Random(seed)
    content = bytearray(file.read_bytes())
    page = chance.randrange(1, len(content) // 4096)
    content[page * 4096 : page * 4096 + 64] = chance.randbytes(64)
    file.write_bytes(content)
    with pytest.raises(CentreUnavailable, match="damaged"):
        open_centre(tmp_path, NOW)
    assert file.read_bytes() == content, "it is kept as it was found"


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_vehicle_that_cannot_write_says_nothing_it_would_forget(
    error: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "CS-001.json"
    vehicle = Vehicle.open(file, UNITS[0])
    vehicle.hear(TELL)
    known, kept = vehicle.task, file.read_bytes()

    def refuse(_descriptor: int) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match=os.strerror(error)):
        vehicle.acknowledge()
    assert (vehicle.task, file.read_bytes()) == (known, kept)
    monkeypatch.undo()
    assert vehicle.acknowledge() is not None
    assert Vehicle.open(file, UNITS[0]).task == vehicle.task


def test_no_flipped_bit_makes_a_vehicles_file_another_order(tmp_path: Path) -> None:
    file = tmp_path / "CS-001.json"
    Vehicle.open(file, UNITS[0]).hear(TELL)
    whole = file.read_bytes()
    for bit in range(len(whole) * 8):
        content = bytearray(whole)
        content[bit // 8] ^= 1 << bit % 8
        file.write_bytes(content)
        with pytest.raises(DispatchError):
            Vehicle.open(file, UNITS[0])


def test_a_vehicles_file_of_an_older_version_is_read(tmp_path: Path) -> None:
    file = tmp_path / "CS-001.json"
    vehicle = Vehicle.open(file, UNITS[0])
    vehicle.hear(TELL)
    file.write_bytes(file.read_bytes().partition(b"\n")[0])
    assert Vehicle.open(file, UNITS[0]).task == vehicle.task
