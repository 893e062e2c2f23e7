"""One audit row as a row of a table: with persons, or without; pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.audit.canonical import Json
from dispatch.warehouse.rules import ExportRules

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+-]{0,79}")
"""Identifiers and codes of this program; a name in Chinese characters or a sentence is none."""
_LONG_NUMBER = re.compile(r"(?:\d[ -]?){7,}\d")
"""May be a telephone or an identity number."""
_RECORD = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|[A-Z]{2}-\d{4}-\d{4}")
"""UUIDs of orders and requests, numbers of incidents: digits that are nobody's."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """What stays of a row. `personal`: everything, because somebody asked for it and that is logged."""

    rules: ExportRules
    personal: bool = False

    def values(self, body: str, digest: str) -> dict[str, object]:
        """Column -> value, as `tables.AUDIT` names them; a value that is left behind is None."""
        said = json.loads(body)
        detail = said["detail"] if self.personal else self._kept(said["detail"])
        return {
            "seq": said["seq"],
            "id": said["id"],
            "ts": said["ts"],
            "city": said["city"],
            "console": said["console"],
            "role": said["role"],
            "drill": said["drill"],
            "action": said["action"],
            "family": said["action"].partition(".")[0],
            "target": said["target"] if self._target_stays(said) else None,
            "detail": json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
            "actor": said["actor"] if self.personal else None,
            "prev": said["prev"] if self.personal else None,
            "hash": digest if self.personal else None,
        }

    def _target_stays(self, said: Mapping[str, str]) -> bool:
        family = said["action"].partition(".")[0]
        return self.personal or (family in self.rules.targets and _is_code(said["target"]))

    def _kept(self, value: Json) -> Json:
        """Listed keys at any depth, with numbers, truth values and codes below them."""
        if not isinstance(value, dict):
            return None
        found: dict[str, Json] = {}
        for key, one in value.items():
            if key.rpartition(".")[2] in self.rules.detail:
                kept = self._below(one)
                if kept is not None:
                    found[key] = kept
        return found

    def _below(self, value: Json) -> Json:
        match value:
            case dict():
                return self._kept(value) or None
            case list():
                some: list[Json] = [kept for one in value if (kept := self._below(one)) is not None]
                return some or None
            case str():
                return value if _is_code(value) else None
            case bool() | int():
                return value
        return None


def _is_code(text: str) -> bool:
    rest = _RECORD.sub("", text)
    return _CODE.fullmatch(text) is not None and _LONG_NUMBER.search(rest) is None
