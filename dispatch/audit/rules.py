"""audit.toml: how often a log is signed, how long it is kept."""

from pathlib import Path

from pydantic import Field

from dispatch.domain.model import Frozen


class CheckpointRules(Frozen):
    """When a centre signs its log, and when it complains about its neighbours."""

    every_s: float = Field(default=60, ge=0.1, le=86_400)
    kept_all_h: float = Field(default=24, ge=1, le=8_784)
    kept_every_min: float = Field(default=60, ge=1, le=10_080)
    unproven_alarm_s: float = Field(default=120, ge=0.1, le=86_400)
    unwitnessed_alarm_s: float = Field(default=3_600, ge=10, le=604_800)


class RetentionRules(Frozen):
    """How long rows are kept at least, and when older ones are sealed into files of their own."""

    kept_days: int = Field(ge=183, le=36_600)
    segment_days: int = Field(default=92, ge=1, le=3_660)
    segment_rows: int = Field(default=1_000_000, ge=1_000, le=100_000_000)


class AuditRules(Frozen):
    """All of audit.toml; `key_file` holds the private keys of this centre's city."""

    key_file: Path | None = None
    checkpoints: CheckpointRules = CheckpointRules()
    retention: RetentionRules
