"""The tables of claims in a centre's database; what must never happen is refused here too.

All of them only grow, but `claims` (the newest of each), `use_lines` (what is claimed now), `months`
(payments that came in) and the ends of `claim_asks`.
"""

_TABLES = (
    """
CREATE TABLE IF NOT EXISTS claims (
  claim TEXT PRIMARY KEY, state TEXT NOT NULL, changed_ms INTEGER NOT NULL, body TEXT NOT NULL
) STRICT
""",
    "CREATE INDEX IF NOT EXISTS claims_state ON claims (state, changed_ms)",
    """
CREATE TABLE IF NOT EXISTS claim_history (
  claim TEXT NOT NULL REFERENCES claims (claim), number INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (claim, number)
) STRICT, WITHOUT ROWID
""",
    # the ledger: who gave what, what was reserved, committed, given back
    "CREATE TABLE IF NOT EXISTS donations (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT",
    """
CREATE TABLE IF NOT EXISTS donation_donors (
  donor TEXT NOT NULL, donation TEXT NOT NULL REFERENCES donations (id), PRIMARY KEY (donor, donation)
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX IF NOT EXISTS donation_donors_donation ON donation_donors (donation)",
    """
CREATE TABLE IF NOT EXISTS quota_entries (
  number INTEGER PRIMARY KEY, claim TEXT NOT NULL, step TEXT NOT NULL, body TEXT NOT NULL
) STRICT
""",
    "CREATE INDEX IF NOT EXISTS quota_entries_claim ON quota_entries (claim)",
    # each step that moves quota happens once for each claim, whatever a program does
    """
CREATE UNIQUE INDEX IF NOT EXISTS quota_entries_once ON quota_entries (claim, step)
WHERE step IN ('reserve', 'commit', 'release', 'reverse')
""",
    """
CREATE TABLE IF NOT EXISTS quota_donors (
  donor TEXT NOT NULL, claim TEXT NOT NULL, PRIMARY KEY (donor, claim)
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX IF NOT EXISTS quota_donors_claim ON quota_donors (claim)",
    # a use line is claimed once at a time: this key refuses the second
    "CREATE TABLE IF NOT EXISTS use_lines (line TEXT PRIMARY KEY, claim TEXT NOT NULL) STRICT",
    "CREATE INDEX IF NOT EXISTS use_lines_claim ON use_lines (claim)",
    """
CREATE TABLE IF NOT EXISTS journal (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, claim TEXT NOT NULL, body TEXT NOT NULL
) STRICT
""",
    "CREATE INDEX IF NOT EXISTS journal_claim ON journal (claim)",
    # a line of the journal is netted once
    """
CREATE TABLE IF NOT EXISTS nettings (
  id TEXT PRIMARY KEY REFERENCES journal (id), month TEXT NOT NULL
) STRICT
""",
    "CREATE TABLE IF NOT EXISTS months (month TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT",
    # what another centre must be told until it answers; in their order for each subject
    """
CREATE TABLE IF NOT EXISTS claim_asks (
  number INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  city TEXT NOT NULL,
  subject TEXT NOT NULL,
  said TEXT NOT NULL,
  by TEXT NOT NULL,
  put_ms INTEGER NOT NULL,
  answered_ms INTEGER
) STRICT
""",
    "CREATE INDEX IF NOT EXISTS claim_asks_subject ON claim_asks (subject)",
    "CREATE INDEX IF NOT EXISTS claim_asks_open ON claim_asks (subject) WHERE answered_ms IS NULL",
)
_ONLY_GROW = (
    "claim_history", "donations", "donation_donors", "quota_entries", "quota_donors", "journal", "nettings",
)  # fmt: skip
_TRIGGER = """
CREATE TRIGGER IF NOT EXISTS {table}_no_{act} BEFORE {act} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} only grows'); END
"""
TABLES = (
    *_TABLES,
    *(_TRIGGER.format(table=table, act=act) for table in _ONLY_GROW for act in ("update", "delete")),
)
