"""The figures once more, in plain SQL over the rows of the logs: no line of the report's own code."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

_ROWS = """
CREATE TEMP TABLE calls AS
SELECT target call, city, json_extract(detail, '$.priority') said,
       json_extract(detail, '$.opened_ms') told_ms, ts,
       coalesce(CASE WHEN json_extract(detail, '$.opened_ms') <= ts
                     THEN json_extract(detail, '$.opened_ms') END, ts) opened
FROM every WHERE action = 'incident.opened' AND console = 'centre';

CREATE TEMP TABLE orders AS
SELECT target request, city unit_city, json_extract(detail, '$.incident') call,
       json_extract(detail, '$.unit') unit,
       min(CASE action WHEN 'order.reserved' THEN ts END) reserved,
       min(CASE action WHEN 'order.ordered' THEN ts END) ordered,
       min(CASE action WHEN 'order.acked' THEN ts END) acked,
       max(CASE WHEN action IN ('order.done', 'order.stood_down', 'order.expired', 'order.cancelled',
                                'order.denied') THEN ts END) over_ms,
       max(action IN ('order.expired', 'order.cancelled', 'order.denied')) never
FROM every WHERE action LIKE 'order.%' AND console = 'centre' GROUP BY target;

CREATE TEMP TABLE states AS
SELECT json_extract(detail, '$.task') request, json_extract(detail, '$.state') state,
       json_extract(detail, '$.at_ms') at_ms, min(seq)
FROM every WHERE action = 'unit.state' AND json_extract(detail, '$.task') <> '' GROUP BY 1, 2;

CREATE TEMP TABLE reached AS
SELECT c.call, c.city, c.opened, c.said,
       (SELECT min(coalesce(o.ordered, o.acked)) FROM orders o WHERE o.call = c.call) sent,
       (SELECT min(s.at_ms) FROM orders o JOIN states s USING (request)
         WHERE o.call = c.call AND s.state = 'ON_SCENE') scene,
       (SELECT max(ts) FROM every e WHERE e.target = c.call
         AND e.action IN ('incident.close', 'incident.closed_by_itself')) closed
FROM calls c;

CREATE TEMP TABLE response AS
SELECT r.*, coalesce((SELECT json_extract(detail, '$.priority') FROM every e
    WHERE e.action = 'incident.amend' AND e.target = r.call AND json_extract(detail, '$.priority') IS NOT NULL
      AND (r.sent IS NULL OR e.ts <= r.sent) ORDER BY e.ts DESC LIMIT 1), r.said) priority
FROM reached r;

CREATE TEMP TABLE bloods AS
SELECT seq, city, target blood, substr(action, 7) state, ts, detail,
       json_extract(detail, '$.need_by_ms') need_by,
       substr(json_extract(detail, '$.place'), 1, instr(json_extract(detail, '$.place'), '/') - 1) asker,
       row_number() OVER (PARTITION BY target ORDER BY seq) first,
       row_number() OVER (PARTITION BY target ORDER BY seq DESC) last
FROM every WHERE console = 'centre' AND action IN ('blood.held', 'blood.denied', 'blood.confirmed',
  'blood.packing', 'blood.packed', 'blood.carried', 'blood.delivered', 'blood.received', 'blood.quarantined',
  'blood.returned', 'blood.discarded', 'blood.declined', 'blood.cancelled', 'blood.expired',
  'blood.unfulfilled', 'blood.in_error');
"""


class Recount:
    """All logs side by side; a row that stands in two of them is one row."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.base = sqlite3.connect(":memory:")
        selects = []
        for place, path in enumerate(paths):
            self.base.execute(f"ATTACH ? AS log{place}", (str(path),))
            selects.append(
                f"SELECT hash, seq, ts, city, console, action, target, detail FROM log{place}.audit"  # noqa: S608
            )
        self.base.execute(f"CREATE TEMP TABLE every AS {' UNION '.join(selects)}")
        self.base.executescript(_ROWS)

    def one(self, sql: str, *values: object) -> float:
        found = self.base.execute(sql, values).fetchone()[0]
        return float(found) if found is not None else float("nan")

    def count(self, sql: str, *values: object) -> int:
        return int(self.one(sql, *values))

    def responses(self, priority: int, city: str = "") -> list[float]:
        """Seconds from call to scene, in order."""
        found = self.base.execute(
            "SELECT (scene - opened) / 1000.0 FROM response WHERE priority = ? AND ? IN ('', city) "
            "AND scene >= opened ORDER BY 1",
            (priority, city),
        )
        return [value for (value,) in found]

    def waiting(self, priority: int, city: str = "") -> list[float]:
        """Seconds that calls still open had waited at the last row."""
        found = self.base.execute(
            "SELECT ((SELECT max(ts) FROM every) - opened) / 1000.0 FROM response WHERE priority = ? "
            "AND ? IN ('', city) AND scene IS NULL AND closed IS NULL ORDER BY 1",
            (priority, city),
        )
        return [value for (value,) in found]

    def unit_hours(self) -> dict[tuple[str, str], float]:
        """(lender, borrower) -> hours."""
        found = self.base.execute(
            """
            SELECT o.unit_city, c.city,
              sum(max(0, coalesce(o.over_ms, (SELECT max(ts) FROM every)) - o.reserved)) / 3600000.0
            FROM orders o JOIN calls c USING (call)
            WHERE o.unit_city <> c.city AND NOT o.never GROUP BY 1, 2
            """
        )
        return {(lender, borrower): hours for lender, borrower, hours in found}

    def step(self, start: str, end: str) -> list[float]:
        """Seconds between two states of the same order."""
        found = self.base.execute(
            "SELECT (b.at_ms - a.at_ms) / 1000.0 FROM states a JOIN states b USING (request) "
            "JOIN orders USING (request) WHERE a.state = ? AND b.state = ? AND b.at_ms >= a.at_ms ORDER BY 1",
            (start, end),
        )
        return [value for (value,) in found]

    def eta_errors(self) -> list[float]:
        """Actual minus predicted of each order that was asked for at the console after a choice."""
        found = self.base.execute(
            """
            WITH asked AS (
              SELECT target call, json_extract(detail, '$.request') request,
                     json_extract(detail, '$.unit') unit, ts
              FROM every WHERE action = 'order.asked'),
            chosen AS (
              SELECT target call, json_extract(detail, '$.unit') unit, ts, seq,
                (SELECT max(seq) FROM every r WHERE r.action = 'unit.recommended' AND r.target = e.target
                   AND r.console = e.console AND r.seq < e.seq) offer
              FROM every e WHERE action = 'unit.chosen'),
            linked AS (
              SELECT a.request, a.unit, c.ts chosen, c.offer, max(c.seq)
              FROM asked a JOIN chosen c ON c.call = a.call AND c.unit = a.unit AND c.ts <= a.ts GROUP BY 1)
            SELECT (s.at_ms - l.chosen) / 1000.0 - json_extract(o.value, '$.eta_s')
            FROM linked l JOIN states s ON s.request = l.request AND s.state = 'ON_SCENE'
            JOIN every r ON r.seq = l.offer AND r.action = 'unit.recommended',
                 json_each(json_extract(r.detail, '$.options')) o
            WHERE json_extract(o.value, '$.unit') = l.unit AND s.at_ms >= l.chosen ORDER BY 1
            """
        )
        return [value for (value,) in found]

    def acknowledged(self, code: str) -> list[float]:
        """Seconds from the raising of an alarm to its acknowledgement."""
        found = self.base.execute(
            """
            SELECT (a.ts - r.ts) / 1000.0
            FROM every r JOIN every a ON a.target = r.target AND a.city = r.city
            WHERE r.action = 'alarm.raised' AND a.action = 'alarm.acknowledged' AND a.console = 'centre'
              AND json_extract(r.detail, '$.code') = ? ORDER BY 1
            """,
            (code,),
        )
        return [value for (value,) in found]

    def minutes_down(self) -> float:
        return self.one(
            "SELECT sum(coalesce((SELECT min(u.ts) FROM every u WHERE u.action = 'link.up' AND u.ts > d.ts), "
            "(SELECT max(ts) FROM every)) - d.ts) / 60000.0 FROM every d WHERE d.action = 'link.down'"
        )

    # --- orders of blood

    def blood_ends(self) -> dict[str, int]:
        """Last state -> orders."""
        rows = self.base.execute("SELECT state, count(*) FROM bloods WHERE last = 1 GROUP BY state")
        return dict(rows.fetchall())

    def blood_step(self, begins: str, ends: str) -> list[float]:
        """Seconds of every order that came from one state to the other, sorted."""
        sql = """SELECT (min(CASE state WHEN ?2 THEN ts END)
                         - min(CASE state WHEN ?1 THEN ts END)) / 1000.0 took
                 FROM bloods GROUP BY blood HAVING took IS NOT NULL ORDER BY took"""
        return [row[0] for row in self.base.execute(sql, (begins, ends))]

    def blood_in_time(self) -> tuple[int, int]:
        """Received by the time of need, and received at all."""
        sql = """SELECT count(*) FILTER (WHERE got <= need), count(*) FROM
                 (SELECT min(ts) got, min(need_by) need FROM bloods
                  WHERE state = 'received' GROUP BY blood)"""
        early, received = self.base.execute(sql).fetchone()
        return early, received

    def blood_amount(self, bank_city: str, asker: str, component: str, states: Sequence[str]) -> int:
        """What orders hold of a component in their last row, where that is one of these states."""
        marks = ",".join("?" * len(states))
        sql = f"""SELECT coalesce(sum(json_extract(lot.value, '$.quantity')), 0)
                  FROM bloods b JOIN bloods f ON f.blood = b.blood AND f.first = 1,
                       json_each(b.detail, '$.lots') lot
                  WHERE b.last = 1 AND b.city = ? AND f.asker = ?
                    AND json_extract(lot.value, '$.component') = ? AND b.state IN ({marks})"""  # noqa: S608
        return self.count(sql, bank_city, asker, component, *states)

    def blood_granted(self, bank_city: str, asker: str, component: str) -> int:
        sql = """SELECT coalesce(sum(json_extract(lot.value, '$.quantity')), 0)
                 FROM bloods b, json_each(b.detail, '$.lots') lot
                 WHERE b.first = 1 AND b.city = ? AND b.asker = ?
                   AND json_extract(lot.value, '$.component') = ?"""
        return self.count(sql, bank_city, asker, component)

    def blood_on_record(self, state: str, path: str, left: str) -> int:
        """Orders that came to `left`, with something on record in a row of a state."""
        sql = """SELECT count(DISTINCT blood) FROM bloods b
                 WHERE state = ? AND json_extract(detail, ?) IS NOT NULL
                 AND EXISTS (SELECT 1 FROM bloods o WHERE o.blood = b.blood AND o.state = ?)"""
        return self.count(sql, state, path, left)
