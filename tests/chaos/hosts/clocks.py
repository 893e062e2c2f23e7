"""The clocks of the hosts: wrong by what a case says, and set right at its end. Needs a C compiler."""

import shutil
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("wrong_clock.c")


class Clocks:
    """`environment` is what a program of a host is started with, so that it reads that host's clock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._library: Path | None = None

    @staticmethod
    def can_be_wrong() -> bool:
        return shutil.which("cc") is not None

    def make(self) -> None:
        """Compile what stands before the C library; without a compiler every clock is right."""
        if self.can_be_wrong():
            self._library = self._folder / "wrong_clock.so"
            command = ("cc", "-shared", "-fPIC", "-O2", "-o", str(self._library), str(SOURCE), "-ldl")
            subprocess.run(command, check=True, capture_output=True)

    def set(self, city: str, ahead_s: float) -> None:
        """From this moment on, in every program of the host."""
        with self._file(city).open("r+b" if self._file(city).exists() else "wb") as file:
            file.write(struct.pack("=q", round(ahead_s * 1e9)))

    def environment(self, city: str) -> dict[str, str]:
        if self._library is None or not self._file(city).exists():
            return {}
        return {"LD_PRELOAD": str(self._library), "CZT_CLOCK": str(self._file(city))}

    def _file(self, city: str) -> Path:
        return self._folder / f"clock-{city}"
