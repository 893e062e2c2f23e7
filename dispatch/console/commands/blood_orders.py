"""Commands of orders of blood: the bank's answers, packing and carrying, the hospital's check."""

import re
from collections.abc import Callable, Iterable
from typing import ClassVar

from dispatch.console.commands.base import GROUPS, Arg, Command
from dispatch.console.commands.readers import Numbered, Words
from dispatch.console.ports import Console, Desk
from dispatch.console.present_holds import lines_text, listed
from dispatch.console.results import Misread, Result
from dispatch.domain.blood import LotId
from dispatch.domain.blood_orders import (
    ACT_STATES,
    BLOOD_NEXT,
    Bag,
    BloodAct,
    BloodOrder,
    BloodOrderId,
    BloodState,
)
from dispatch.domain.operators import Right
from dispatch.language import N_, _
from dispatch.text import fold

Fits = Callable[[BloodOrder], bool]


def _ids(act: BloodAct) -> Callable[[Desk], Iterable[tuple[str, str]]]:
    """Orders to which an act may be done now."""

    def ids(desk: Desk) -> Iterable[tuple[str, str]]:
        return (
            (one.id, lines_text(one.lines, desk.picture)) for one in listed(desk.picture) if _fits(one, act)
        )

    return ids


def _fits(order: BloodOrder, act: BloodAct) -> bool:
    return ACT_STATES[act] in BLOOD_NEXT[order.state]


def _order(act: BloodAct) -> Arg:
    return Arg("order", N_("order"), Numbered(_ids(act)), "CS-B1-1126-101500-1", required=False)


def _rest(title: str, hint: str, *, required: bool = False) -> Arg:
    return Arg("rest", title, Words(), hint, required=required, rest=True)


def _to_pack(desk: Desk) -> Iterable[tuple[str, str]]:
    return (*_ids(BloodAct.PACK)(desk), *_ids(BloodAct.PACKED)(desk))


def _units(desk: Desk) -> Iterable[tuple[str, str]]:
    """The units of this city."""
    return ((one.id, one.station or "") for one in desk.picture.fleet.units if one.city == desk.home_city)


class _Act(Command):
    """An act on the order that is named, else on the one under the cursor, else on the only one there is."""

    group = GROUPS[1]
    right = Right.BLOOD_BANK
    act: ClassVar[BloodAct]

    def meant(self, console: Console) -> BloodOrder:
        orders = console.desk.picture.blood_orders
        typed = self.text("order")
        named = typed or console.selected("blood_order") or ""
        if named in orders:
            if not typed and (changed := console.can("act_on_blood")):
                raise Misread(changed)
            return orders[BloodOrderId(named)]
        there = [one for one in listed(console.desk.picture) if _fits(one, self.act)]
        if len(there) == 1:
            return there[0]
        if not there:
            raise Misread(_("there is no such order of blood"))
        raise Misread(_("say which order: {names}", names=_(", ").join(one.id for one in there[:6])))

    def demand(self, what: str) -> str:
        text = self.text("rest").strip()
        if not text:
            raise Misread(what)
        return text

    async def run(self, console: Console) -> Result:
        outcome = await console.desk.blood.act(self.meant(console).id, self.act)
        return Result(outcome.ok, outcome.message)


class _ActWithReason(_Act):
    """An act that says why."""

    async def run(self, console: Console) -> Result:
        reason = self.demand(_("say why: {command} and the reason", command=self.name()))
        outcome = await console.desk.blood.act(self.meant(console).id, self.act, reason=reason)
        return Result(outcome.ok, outcome.message)


class ConfirmBlood(_Act):
    verbs = ("confirm", "确认供血", "querengongxue")
    title = N_("Confirm a hold")
    help = N_("The bank says yes: what is held is packed and sent.")
    act = BloodAct.CONFIRM
    args = (_order(act),)
    example = "confirm"


class DeclineBlood(_ActWithReason):
    verbs = ("nosupply", "不能供血", "bunenggongxue")
    title = N_("Decline blood")
    help = N_("The bank says no, with a reason; what was held is free again.")
    act = BloodAct.DECLINE
    args = (_order(act), _rest(N_("reason"), "已破损"))
    example = "nosupply 已破损"


class PackBlood(_Act):
    verbs = ("pack", "装箱", "zhuangxiang")
    title = N_("Pack blood")
    help = N_(
        "Packing begins; said again, it is done. Bags may be named with their lots: DIN=LOT. A bag that "
        "is of no lot of the order is refused."
    )
    act = BloodAct.PACK
    args = (
        Arg("order", N_("order"), Numbered(_to_pack),
            "CS-B1-1126-101500-1", required=False),
        _rest(N_("bags"), "G123426123456=L-1"),
    )  # fmt: skip
    example = "pack"

    async def run(self, console: Console) -> Result:
        order = self.meant(console)
        done = order.state is BloodState.PACKING
        bags = [_bag(word, order) for word in self.text("rest").split()]
        outcome = await console.desk.blood.act(
            order.id, BloodAct.PACKED if done else BloodAct.PACK, bags=bags if done else ()
        )
        return Result(outcome.ok, outcome.message)


def _bag(word: str, order: BloodOrder) -> Bag:
    """ "DIN=LOT"; the lot may be left out where there is only one."""
    din, _sign, lot = word.partition("=")
    lots = sorted({one.lot for one in order.taken})
    if not lot and len(lots) != 1:
        raise Misread(_("say of which lot {din} is: {din}=LOT", din=din))
    return Bag(din=din, lot=LotId(lot) if lot else lots[0])


class HandBlood(_Act):
    verbs = ("hand", "交运", "jiaoyun")
    title = N_("Hand blood to its carrier")
    help = N_(
        "A unit of this city, or a courier by name, takes the box. A unit is seen on the map with its ETA."
    )
    act = BloodAct.HAND
    args = (
        _order(act),
        Arg("unit", N_("unit"), Numbered(_units), "CS-012", required=False),
        _rest(N_("courier"), "周伟"),
    )
    example = "hand 周伟"

    async def run(self, console: Console) -> Result:
        unit = self.text("unit")
        who = "" if unit else self.demand(_("say who carries it: a unit's number or a courier's name"))
        order = self.meant(console)
        outcome = await console.desk.blood.act(order.id, self.act, unit=unit, courier=who)
        return Result(outcome.ok, outcome.message)


class DeliveredBlood(_Act):
    verbs = ("delivered", "送达", "songda")
    title = N_("Blood handed over")
    help = N_("The carrier has handed the box over at the hospital; it must be checked then.")
    right = Right.BLOOD
    act = BloodAct.DELIVER
    args = (_order(act),)
    example = "delivered"


class ReceivedBlood(_Act):
    verbs = ("received", "签收", "qianshou")
    title = N_("Blood received")
    help = N_(
        "The temperature on arrival, in degrees. Outside its limits the blood is set aside and a named "
        "person decides."
    )
    right = Right.BLOOD
    act = BloodAct.RECEIVE
    args = (_order(act), _rest(N_("temperature"), "4.2"))
    example = "received 4.2"

    async def run(self, console: Console) -> Result:
        typed = fold(self.demand(_("say the temperature in degrees, such as 4.2")))
        found = re.fullmatch(r"([+-]?\d{1,3}(?:\.\d)?)\s*(?:°?c|度)?", typed.replace(",", "."))
        if not found or not -200 <= float(found[1]) <= 100:
            raise Misread(_("say the temperature in degrees, such as 4.2"))
        tenths = round(float(found[1]) * 10)
        outcome = await console.desk.blood.act(self.meant(console).id, self.act, temperature_tenths=tenths)
        return Result(outcome.ok, outcome.message)


class _Decided(_Act):
    """A decision of a named person: the first word is the name, the rest the reason."""

    async def run(self, console: Console) -> Result:
        words = self.demand(_("say who decided and why: 陈静 and the reason")).split(maxsplit=1)
        if len(words) < 2:
            raise Misread(_("say who decided and why: 陈静 and the reason"))
        outcome = await console.desk.blood.act(
            self.meant(console).id, self.act, person=words[0], reason=words[1]
        )
        return Result(outcome.ok, outcome.message)


class ReleaseBlood(_Decided):
    verbs = ("letuse", "解除隔离", "jiechugeli")
    title = N_("Release blood that was set aside")
    help = N_("A named person decides that blood which was set aside may be used.")
    act = BloodAct.RELEASE
    args = (_order(act), _rest(N_("who and why"), "陈静 复测合格"))
    example = "letuse 陈静 复测合格"


class DiscardBlood(_Decided):
    verbs = ("discard", "报废", "baofei")
    title = N_("Discard blood")
    help = N_("A named person decides that blood is discarded.")
    act = BloodAct.DISCARD
    args = (_order(act), _rest(N_("who and why"), "陈静 破损"))
    example = "discard 陈静 破损"


class ReturnBlood(_Act):
    verbs = ("giveback", "退血", "tuixue")
    title = N_("Blood returned")
    help = N_("The bank has its blood back; it counts it again by itself if it can be used.")
    act = BloodAct.RETURN
    args = (_order(act), _rest(N_("reason"), "未使用"))
    example = "giveback 未使用"

    async def run(self, console: Console) -> Result:
        outcome = await console.desk.blood.act(
            self.meant(console).id, self.act, reason=self.text("rest").strip()
        )
        return Result(outcome.ok, outcome.message)


class CancelBlood(_Act):
    verbs = ("takeback", "撤回用血", "chehuiyongxue")
    title = N_("Take an order of blood back")
    help = N_("Whoever asked needs it no more; not once it is on the way.")
    right = Right.BLOOD
    act = BloodAct.CANCEL
    args = (_order(act),)
    example = "takeback"


class VoidBlood(_ActWithReason):
    verbs = ("voidblood", "作废血单", "zuofeixuedan")
    title = N_("Void an order of blood")
    help = N_("It should never have been asked; with a reason.")
    act = BloodAct.VOID
    args = (_order(act), _rest(N_("reason"), "重复"))
    example = "voidblood 重复"


BLOOD_ORDER_COMMANDS: tuple[type[Command], ...] = (
    ConfirmBlood, DeclineBlood, PackBlood, HandBlood, DeliveredBlood, ReceivedBlood, ReleaseBlood,
    ReturnBlood, DiscardBlood, CancelBlood, VoidBlood,
)  # fmt: skip
