"""The console of a blood centre over a fake desk, as the door runs it: for what only its driver shows."""

import asyncio

from dispatch import language
from tests.console.blood_centre import blood_desk
from tests.console.driver import console_app


async def _run() -> None:
    language.use("zh_CN")
    await console_app(blood_desk()).run_async()


if __name__ == "__main__":
    asyncio.run(_run())
