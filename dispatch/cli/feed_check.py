"""`czt feed check`: tell an integrator exactly what is wrong with a message that he publishes."""

import asyncio
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from dispatch.causes import cause
from dispatch.cli.options import ConfigDir, text_of
from dispatch.clock import Clock, SystemClock
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import Position
from dispatch.feed.judge import Judge, Verdict
from dispatch.feed.mqtt import MqttTransport
from dispatch.feed.shape import Fault
from dispatch.feed.transport import Endpoint, Received, TransportLost
from dispatch.language import LANGUAGES, _, current
from dispatch.settings import Configuration, load
from dispatch.text import safe_text

EVERYTHING = "czt/v1/#"


@dataclass(slots=True)
class _Tally:
    """How many there were, and how many a console would refuse."""

    good: int = 0
    bad: int = 0


def check(
    source: Annotated[
        Path | None,
        typer.Argument(
            help=_("a file of messages, or - for standard input; without it: --broker"), metavar="FILE|-"
        ),
    ] = None,
    broker: Annotated[
        str | None, typer.Option("--broker", metavar="HOST[:PORT]", help=_("listen at a broker instead"))
    ] = None,
    topic: Annotated[
        str | None, typer.Option("--topic", help=_("the file is one message, published on this topic"))
    ] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.1, help=_("with --broker: listen for so long"))
    ] = 10.0,
    username: Annotated[str | None, typer.Option("--username", help=_("with --broker: who signs in"))] = None,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help=_("with --broker: file that holds the password"))
    ] = None,
    drill: Annotated[
        bool | None,
        typer.Option("--drill/--real", help=_("the messages must be of a drill, or of real operation")),
    ] = None,
    faults_only: Annotated[
        bool, typer.Option("--faults-only", help=_("say nothing of messages that are good"))
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON, in both languages"))] = False,
    config: ConfigDir = None,
) -> None:
    """Exit code 0: a console takes all of them; 1: not all, or there were none; 2: they cannot be read."""
    if (source is None) == (broker is None):
        raise DispatchError(_("name a file (or - for standard input), or a broker with --broker"))
    configuration, tally = load(config), _Tally()

    def tell(verdict: Verdict) -> None:
        tally.good += verdict.good
        tally.bad += not verdict.good
        if as_json:
            typer.echo(json.dumps(_document(verdict), ensure_ascii=False))
        elif not faults_only or verdict.faults or verdict.notes:
            typer.echo("\n".join(_lines(verdict)))

    if source is not None:
        judge = _judge(configuration, None, drill)
        for one in _messages(text_of(source), topic):
            tell(judge.judge(one.topic, one.payload, retained=one.retained))
    else:
        password = text_of(password_file).decode("utf-8", "replace").strip() if password_file else None
        endpoint = _endpoint(broker or "", username, password)
        clock = SystemClock()
        judge = _judge(configuration, clock, drill)
        try:
            asyncio.run(_listen(endpoint, clock, seconds, judge, tell, configuration.owntracks.filters()))
        except TransportLost as error:
            where = f"{endpoint.host}:{endpoint.port}"
            raise DispatchError(
                _("the broker at {where} cannot be used: {error}", where=where, error=cause(error))
            ) from error
    if not as_json:
        typer.echo(_("{good} good, {bad} that a console refuses", good=tally.good, bad=tally.bad))
    if tally.bad or not tally.good:
        raise typer.Exit(1)


def _judge(configuration: Configuration, clock: Clock | None, drill: bool | None) -> Judge:
    return Judge(
        configuration.new_picture,
        limits=configuration.limits,
        trackers=configuration.owntracks,
        city_at=lambda lat, lon: configuration.city_of(Position(lat=lat, lon=lon)),
        clock=clock,
        drill=drill,
    )


async def _listen(
    endpoint: Endpoint,
    clock: Clock,
    seconds: float,
    judge: Judge,
    tell: Callable[[Verdict], None],
    trackers: tuple[str, ...],
) -> None:
    async with MqttTransport(endpoint, f"check-{secrets.token_hex(4)}", clock).session(None) as session:
        await session.subscribe((EVERYTHING, *trackers))
        typer.echo(_("listening at {host}:{port}", host=endpoint.host, port=endpoint.port), err=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for batch in session.batches():
                    for one in batch:
                        tell(judge.judge(one.topic, one.payload, retained=one.retained))


def _endpoint(said: str, username: str | None, password: str | None) -> Endpoint:
    host, _colon, port = said.rpartition(":") if said.rpartition(":")[2].isdigit() else (said, "", "1883")
    if not host or not 1 <= int(port) <= 65535:
        raise DispatchError(_("--broker {said} cannot be read: write HOST or HOST:PORT", said=said))
    return Endpoint(host.strip("[]"), int(port), username, password)


def _messages(raw: bytes, topic: str | None) -> Iterator[Received]:
    """One message with --topic; else a line each: JSON with topic and payload, or `topic payload`."""
    if topic is not None:
        yield Received(topic, raw.strip(), False, 0)
        return
    for number, line in enumerate(raw.splitlines(), start=1):
        if line.strip() and not line.startswith(b"#"):
            yield _message(number, line.strip())


def _message(number: int, line: bytes) -> Received:
    if not line.startswith(b"{"):
        name, _space, payload = line.partition(b" ")
        return Received(name.decode("utf-8", "replace"), payload.strip(), False, 0)
    try:
        said = json.loads(line)
        name, payload = said["topic"], said["payload"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DispatchError(
            _(
                'line {number}: write {{"topic": ..., "payload": ...}}, or a topic, a blank and the payload '
                "as mosquitto_sub -v prints them; for one message alone name its topic with --topic",
                number=number,
            )
        ) from None
    text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    return Received(str(name), text.encode("utf-8", "replace"), bool(said.get("retain")), 0)


def _lines(verdict: Verdict) -> list[str]:
    language = current()
    head = _("good") if verdict.good else _("REFUSED")
    lines = [f"{head}  {safe_text(verdict.topic, 200)}"]
    lines += [f"    {_('fault')}: {fault.text(language)}" for fault in verdict.faults]
    lines += [f"    {_('note')}: {note.text(language)}" for note in verdict.notes]
    return lines


def _document(verdict: Verdict) -> dict[str, object]:
    return {
        "topic": verdict.topic,
        "kind": verdict.kind,
        "good": verdict.good,
        "faults": [_fault_document(fault) for fault in verdict.faults],
        "notes": [_fault_document(note) for note in verdict.notes],
    }


def _fault_document(fault: Fault) -> dict[str, object]:
    said = {language: fault.text(language) for language in LANGUAGES}
    allowed = {language: fault.allowed(language) for language in LANGUAGES if fault.allowed(language)}
    return {"code": fault.code, "path": fault.path, "text": said, "allowed": allowed}
