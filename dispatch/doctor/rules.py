"""doctor.toml: what is measured against."""

from pathlib import Path

from pydantic import Field

from dispatch.domain.model import Frozen
from dispatch.settings.files import TomlFile, config_dir, config_file

FILE = "doctor.toml"


class DoctorRules(Frozen):
    """Sizes in cells (columns, lines), times in seconds, space in megabytes."""

    edition: str = Field(min_length=1)
    smallest: tuple[int, int]
    roomy: tuple[int, int]
    wide: str = Field(min_length=1, max_length=10)
    ambiguous: str = Field(max_length=40)
    sample: str = Field(max_length=70)
    answer_s: float = Field(gt=0, le=10)
    listen_s: float = Field(gt=0, le=60)
    clock_warn_s: float = Field(gt=0, le=60)
    disk_warn_mb: float = Field(ge=0)
    disk_fault_mb: float = Field(ge=0)


def load_doctor_rules(user_dir: Path | None = None) -> DoctorRules:
    """Read them; BadConfiguration names file and line."""
    return TomlFile(config_file(FILE, user_dir)).read(DoctorRules)


def shipped_rules() -> DoctorRules:
    """Those that come with the program, whatever a user's own file says."""
    return TomlFile(config_dir() / FILE).read(DoctorRules)
