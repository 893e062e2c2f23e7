"""The sentences of docs/performance.md that no bench measures: what the figures rest on, and what remains."""

INTRODUCTION = """\
# Performance

Written by `make bench` from what it measured; do not edit. Every figure stands beside something measured in
the same run, because a ratio travels from machine to machine and a number alone does not. `make bench
ARGS="--only console"` runs one part, `--json FILE` keeps the figures.
"""
REASONS = """\
## What the figures rest on

- A link reads its socket in large pieces and hands over batches; nothing is done per message but the
  check and the write into numpy columns. Boards, map and lines are painted four times a second, and only
  what differs.
- A board makes the rows it shows and no others, so 10,000 rows cost little more than 2,000 until they are
  sorted by something that changes.
- Painted lines and rankings leave no garbage that only a full collection frees (dispatch/console/lines.py);
  the full collections that are left (100 ms with 2,000 units, every two seconds if left to Python) wait for a
  pause of the operator: dispatch/console/collector.py. Decoded messages are kept from the collector at all:
  what JSON says holds no cycles.
- A screen that comes back is shown as soon as it is whole, its styles are worked out again only when
  something outside of it changed, and rankings and small maps follow after the first paint.
- The audit log pays for canonical JSON, the hash chain and its indexes row by row, on a thread of its
  own; many rows that wait at once share one flush of the disk.
- Decisions and answers of a console that wait at one moment share one flush as well, and so does everything
  that waits at a centre: an order costs several flushes one after the other, a hundred orders hardly more.
"""
REMAINS = (
    (
        "decoding a position",
        "msgspec with the types alone",
        "bounds and patterns of every field are the contract: a name with a line break or a latitude "
        "of 91 must not get in, and a second pass in Python costs more",
    ),
    (
        "the whole intake",
        "decoding",
        "who sent it, in which order, how old, in which datum, whether it jumped: each is a reason "
        "why a message is refused or counted",
    ),
    (
        "the console's intake",
        "mosquitto_sub",
        "the same, and a picture; mosquitto_sub only writes lines",
    ),
    (
        "the nearest of 10,000 and more",
        "an index (PostGIS, R*Tree)",
        "a distance for every unit is linear, and needs nobody who is told of every fix; below the "
        "20,000 units that a city may have it takes less than a frame's share",
    ),
    (
        "the whole ranking",
        "the distances alone",
        "rules, lending, cover, bridges and the river for every unit, and twenty candidates explained",
    ),
    (
        "blood plans",
        "a loop that filters and sorts",
        "substitutes, what each bank must keep, journeys, up to six whole plans with their trades",
    ),
    (
        "moves of blood",
        "a pass over the lots",
        "expected outdates of every shelf and the best other bank; nightly, on a thread of its own",
    ),
    (
        "audit rows, one at a time",
        "sqlite3, a file with fsync",
        "the hash chain, generated columns, four indexes, a hop to the writer's thread and back",
    ),
    (
        "audit rows, many at once",
        "sqlite3, a file with fsync",
        "a repeated insert of a ready text costs 3 us; making a row, its canonical form and its hash "
        "costs ten times as much, and each is what makes it evidence",
    ),
    (
        "disk for audit rows",
        "a plain file",
        "the four indexes that make it searchable without a second program",
    ),
    (
        "decision to crew",
        "a bare request",
        "four messages instead of one, each on a disk before anything is said of it: that is the promise",
    ),
)
"""What is dearer than something that does less, than what, and why it stays so."""


def remains() -> str:
    """The table of what remains above the floor."""
    rows = [("what", "above", "why it stays"), ("---", "---", "---"), *REMAINS]
    lines = ["## What remains above the floor, and why", "", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines) + "\n"
