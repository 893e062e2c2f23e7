"""`czt centre-show`: look at what a centre holds, read-only."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dispatch.centre import looking
from dispatch.centre.state import Duty
from dispatch.cli.options import ConfigDir
from dispatch.cli.times import local_time
from dispatch.clock import epoch_ms
from dispatch.console.present_timeline import entry_text
from dispatch.decide.words import STATE_WORDS
from dispatch.domain import aid, alarm_sentences, incidents
from dispatch.domain.aid import Aid
from dispatch.domain.alarms import Alarm
from dispatch.domain.errors import DispatchError
from dispatch.domain.incidents import ENDING_NAMES, Incident, IncidentId
from dispatch.domain.model import Frozen
from dispatch.domain.timeline import Entry
from dispatch.language import _, current
from dispatch.settings import load
from dispatch.text import safe_text


class Kind(StrEnum):
    INCIDENTS = "incidents"
    UNITS = "units"
    AIDS = "aids"
    ALARMS = "alarms"
    TIMELINE = "timeline"


def centre_show(
    file: Annotated[Path, typer.Argument(help=_("a centre's database, a file such as centre.db"))],
    kind: Annotated[Kind, typer.Argument(help=_("what to show"))],
    incident: Annotated[str, typer.Argument(help=_("whose timeline"))] = "",
    last: Annotated[int, typer.Option("--last", min=1, help=_("so many records"))] = 50,
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    config: ConfigDir = None,
) -> None:
    """Newest first, a timeline and units in their order; the file is only read."""
    records = _records(file, kind, incident, last)
    if as_json:
        lines = [record.model_dump_json() for record in records]
    elif kind is Kind.TIMELINE:
        lines = _timeline([record for record in records if isinstance(record, Entry)], config)
    else:
        lines = [_line(record) for record in records]
    typer.echo("".join(f"{line}\n" for line in lines), nl=False)


def _timeline(entries: Sequence[Entry], config: Path | None) -> list[str]:
    """The sentences of the console: names and agreed reasons are those of the settings."""
    configuration = load(config)
    picture, words = configuration.new_picture(), configuration.incident_words

    def word_of(reason: str) -> str:
        return safe_text(words.said(reason, current()))

    return [
        _joined(f"{one.number:4}", _at(one.at), entry_text(one, picture, word_of), safe_text(one.by))
        for one in entries
    ]


def _records(file: Path, kind: Kind, incident: str, last: int) -> Sequence[Frozen]:
    match kind:
        case Kind.INCIDENTS:
            return looking.read_incidents(file, last)
        case Kind.UNITS:
            return looking.read_units(file)
        case Kind.AIDS:
            return looking.read_aids(file, last)
        case Kind.ALARMS:
            return looking.read_alarms(file, last)
        case Kind.TIMELINE if not incident:
            raise DispatchError(_("whose timeline? name an incident: czt centre-show FILE timeline INCIDENT"))
        case Kind.TIMELINE:
            lines = looking.read_lines(file, IncidentId(incident))
            if not lines:  # whatever was opened has at least the line of its opening
                raise DispatchError(_("no incident is called {incident}", incident=safe_text(incident, 40)))
            return lines


def _line(record: Frozen) -> str:
    match record:
        case Incident():
            return _incident(record)
        case Duty():
            return _unit(record)
        case Aid():
            return _aid(record)
        case Alarm():
            return _alarm(record)
    raise TypeError(type(record).__name__)


def _incident(one: Incident) -> str:
    ending = "" if one.ending is None else _(ENDING_NAMES[one.ending])
    return _joined(
        one.id, _at(one.opened_at), f"P{one.priority.value}", _(incidents.STATE_NAMES[one.state]), ending,
        safe_text(one.place), safe_text(one.chief_complaint), " ".join(one.units),
    )  # fmt: skip


def _unit(duty: Duty) -> str:
    status = duty.status
    return _joined(
        duty.unit.id, _at(status.since), f"{status.state.value} {_(STATE_WORDS[status.state.name])}",
        status.source.value, status.incident or "", status.destination or "", safe_text(status.reason or ""),
    )  # fmt: skip


def _aid(one: Aid) -> str:
    return _joined(
        one.id, _at(one.asked_at), f"{one.borrower} → {one.lender}", one.incident,
        _(aid.AID_STATE_NAMES[one.state]), " ".join(one.units), safe_text(one.answered_by),
        safe_text(one.reason),
    )  # fmt: skip


def _alarm(one: Alarm) -> str:
    sentence = alarm_sentences.SENTENCES.get(one.code)
    said = one.code if sentence is None else _filled(sentence, one.facts.items())
    seen = safe_text(one.acknowledged_by)
    return _joined(_at(one.raised_at), one.severity.value, one.state.value, said, seen)


def _filled(sentence: str, facts: Iterable[tuple[str, str | int | float]]) -> str:
    """The sentence with its facts; one that is missing is a question mark."""
    said = _Facts({name: safe_text(fact) for name, fact in facts})
    return _(sentence).format_map(said).strip()


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def _at(moment: datetime) -> str:
    return local_time(epoch_ms(moment))


def _joined(*parts: str) -> str:
    return "  ".join(part for part in parts if part)
