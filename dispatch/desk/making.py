"""Opening and closing everything that a desk works with."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from dispatch.audit.log import AuditLog
from dispatch.audit.read import Filter, rows
from dispatch.calls import FILE as CALLS_FILE
from dispatch.calls import Calls
from dispatch.centre.requester import Requester
from dispatch.clock import CHINA, Clock
from dispatch.desk.errands import Errands
from dispatch.desk.file import DeskFile
from dispatch.desk.numbers import Numbers
from dispatch.desk.part import Kit, Reins
from dispatch.domain.geography import CityCode
from dispatch.feed.link import CityLink
from dispatch.feed.outbox import Outbox
from dispatch.feed.quarantine import Quarantine
from dispatch.picture.live import Picture
from dispatch.settings import Configuration
from dispatch.signin import SignIn

AUDIT_FILE = "audit.db"
REQUESTS_FILE = "requests.db"
DESK_FILE = "desk.db"
LAST_SIGN_INS = 200
"""Rows of the log that tell how many wrong passwords were typed before the start."""
_NUMBERED = frozenset({"incident.opened", "incident.renumbered"})


def make_kit(
    configuration: Configuration,
    picture: Picture,
    clock: Clock,
    folder: Path,
    *,
    audit: AuditLog,
    outbox: Outbox,
    links: Mapping[CityCode, CityLink],
    quarantine: Quarantine,
    drill: bool,
    reins: Reins | None,
    operators: Path | None,
) -> Kit:
    """Open the files of a desk in `folder`; DispatchError says which of them cannot be."""
    settings = configuration.settings
    file = DeskFile.open(folder / DESK_FILE)
    requester = Requester.open(
        folder / REQUESTS_FILE, links, home_city=settings.home_city, node=settings.node, clock=clock
    )
    seat = SignIn(
        operators_file=operators,
        standing=settings.operator,
        rights=configuration.rights,
        drill=drill,
        clock=clock,
        audit=audit,
        picture=picture,
        past=rows(folder / AUDIT_FILE, Filter(action="signin", last=LAST_SIGN_INS)),
    )
    used = _given_today(folder / AUDIT_FILE, clock, settings.node)
    return Kit(
        configuration=configuration,
        picture=picture,
        clock=clock,
        audit=audit,
        outbox=outbox,
        errands=Errands(file, outbox, clock),
        file=file,
        requester=requester,
        links=links,
        quarantine=quarantine,
        seat=seat,
        calls=Calls(folder / CALLS_FILE, clock=clock, audit=audit, kept_days=settings.calls_kept_days),
        numbers=Numbers(settings.desk, settings.home_city, picture.cities, used),
        drill=drill,
        reins=reins,
    )


async def close_kit(kit: Kit) -> None:
    """Close the files; what is open is taken up again at the next start."""
    await kit.requester.close()
    await kit.file.close()
    await asyncio.to_thread(kit.calls.close)


def _given_today(log: Path, clock: Clock, node: str) -> list[str]:
    """Numbers that this console gave today: they must not come again."""
    now = clock.now().astimezone(CHINA)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    given = rows(log, Filter(action="incident", since=midnight))
    return [row.target for row in given if row.console == node and row.action in _NUMBERED]
