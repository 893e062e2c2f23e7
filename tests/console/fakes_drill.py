"""A drill that a fake desk leads: three events, one under way; what it is told to do is remembered."""

from collections.abc import Mapping

from dispatch.domain.drills import BridgeClosed, Course, Demand, Happening, MassCasualty
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Name
from tests.console.fakes_life import FakeOutcome

CHANGSHA = CityCode("changsha")


class FakeSteering:
    """Satisfies dispatch.console.ports.SteeringView."""

    def __init__(self) -> None:
        self.course: Course | None = None
        self.trouble = ""
        self.acts: list[tuple[str, object]] = []
        self.refuses = ""
        self.speed, self.paused = 1.0, False

    async def refresh(self) -> None:
        self.course = Course(
            name=Name(zh="长潭交界客车事故", en="Crash at the border"),
            elapsed_s=1500,
            speed=self.speed,
            paused=self.paused,
            events=(
                Happening(
                    key="S1", planned=True, happened_s=360, did={"incident": "CS-1124-0012"},
                    event=MassCasualty(kind="mass_casualty", at_min=6, city=CHANGSHA, position=(28.0, 113.0),
                                       place="芙蓉大道昭山以北，客车追尾", patients=18),
                ),
                Happening(
                    key="S2", planned=True, happened_s=1200, did={"turned": 3},
                    event=BridgeClosed(kind="bridge_closed", at_min=20, bridge="CS-R-HEISHIPU", for_min=45),
                ),
                Happening(
                    key="L1", planned=False, by="chen.jing",
                    event=Demand(kind="demand", at_min=40, city=CHANGSHA, factor=3, for_min=60),
                ),
            ),
        )  # fmt: skip

    async def inject(self, event: Mapping[str, object]) -> FakeOutcome:
        return self._do("inject", dict(event))

    async def end(self, key: str) -> FakeOutcome:
        return self._do("end", key)

    async def pause(self) -> FakeOutcome:
        self.paused = True
        return self._do("pause", None)

    async def resume(self) -> FakeOutcome:
        self.paused = False
        return self._do("resume", None)

    async def run_at(self, speed: float) -> FakeOutcome:
        self.speed = speed
        return self._do("speed", speed)

    def _do(self, act: str, what: object) -> FakeOutcome:
        if self.refuses:
            raise DispatchError(self.refuses)
        self.acts.append((act, what))
        return FakeOutcome(True, "done")
