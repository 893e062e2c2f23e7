"""The sections about orders of blood: their ends, custody, times and amounts."""

from dispatch.language import N_
from dispatch.report import words
from dispatch.report.model import Report
from dispatch.report.saying import Said, Section
from dispatch.text import safe_text

ORDERS_SHOWN = 300


def ends(report: Report, said: Said) -> Section:
    """How orders of blood ended, whether in time, and whether their custody is on record."""
    blood = report.blood_orders
    rows = [
        (words.word(words.BLOOD_STATES, state, said.language), str(count), str(blood.n))
        for state, count in sorted(blood.ends.items(), key=lambda one: (-one[1], one[0]))
    ]
    interval = f" ({words.percent(blood.low)} – {words.percent(blood.high)})" if blood.received_n else ""
    rows += [
        (
            said(N_("received by the time it was needed")) + interval,
            str(blood.in_time),
            str(blood.received_n),
        ),
        (said(N_("left the bank with bag numbers on record")), str(blood.with_bags), str(blood.left_bank)),
        (said(N_("left the bank with the carrier on record")), str(blood.with_carrier), str(blood.left_bank)),
        (said(N_("checked with the temperature on record")), str(blood.measured), str(blood.checked)),
        (said(N_("set aside on receipt")), str(blood.set_aside), str(blood.checked)),
    ]
    about = (
        said.clock("centre"),
        said(N_("An order counts once, in its last state. Only centres whose log was given are counted.")),
        said(N_("Not over when the log ended: {count}."), count=blood.under_way),
    )
    header = said.header(N_("orders of blood"), N_("orders"), N_("of so many"))
    return Section("blood_ends", said(N_("Orders of blood: ends and custody")), about, header, tuple(rows))


def times(report: Report, said: Said) -> Section:
    """From the request to the receipt, step by step."""
    names = ("p50", "p90")
    steps = said.header(N_("step"), N_("n counted"), N_("not ended"), N_("left out"))
    header = (*steps, *names, said(N_("longest")))
    rows = tuple(
        (
            words.word(words.INTERVALS, one.name, said.language),
            str(one.n),
            str(one.unfinished),
            said.counts(words.EXCLUDED, one.excluded),
            *(said.min(one.quantiles_s[name]) for name in names),
            said.min(one.quantiles_s["p100"]),
        )
        for one in report.blood_orders.intervals
    )
    title = said(N_("Orders of blood: from request to receipt"))
    return Section("blood_times", title, (said.clock("centre"),), header, rows)


def amounts(report: Report, said: Said) -> Section:
    """What was asked of whom, received, returned and wasted, each component by itself."""
    header = (
        *said.header(
            N_("bank's city"), N_("asked by"), N_("component"), N_("orders"), N_("granted at first")
        ),
        *said.header(N_("received"), N_("returned"), N_("wasted"), N_("not supplied"), N_("not over")),
    )
    rows = tuple(
        (
            said.city(one.bank_city),
            said.city(one.asker_city),
            said.component(one.component),
            str(one.orders),
            *map(str, (one.granted, one.received, one.returned, one.wasted, one.not_supplied, one.under_way)),
        )
        for one in report.blood_orders.amounts
    )
    about = (
        said.clock("centre"),
        said(N_("Amounts in the component's own unit: two components are never added.")),
    )
    return Section("blood_amounts", said(N_("Orders of blood: amounts")), about, header, rows)


def orders(report: Report, said: Said) -> Section:
    """Each of them, up to a number that a page can hold."""
    header = (
        *said.header(N_("request"), N_("blood bank"), N_("for hospital"), N_("blood"), N_("state")),
        *said.header(N_("asked"), N_("confirmed"), N_("handed over"), N_("received"), N_("needed by")),
    )
    rows = tuple(
        (
            safe_text(one.order),
            said.place(one.bank),
            said.place(one.hospital),
            ", ".join(f"{said.component(code)} {held}" for code, held in one.amounts.items()) or "–",
            words.word(words.BLOOD_STATES, one.state, said.language),
            *map(
                words.moment,
                (one.asked_ms, one.confirmed_ms, one.carried_ms, one.received_ms, one.need_by_ms),
            ),
        )
        for one in report.blood_orders.orders[-ORDERS_SHOWN:]
    )
    return Section("blood_orders", said(N_("Orders of blood")), (said.clock("centre"),), header, rows)
