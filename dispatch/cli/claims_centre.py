"""`czt claims` through the centres: file, act on, list and show claims; donors' keys, donations, months."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from pydantic import Field, ValidationError

from dispatch.audit.connection import reader
from dispatch.audit.entry import uuid7
from dispatch.centre.claims_disk import ClaimsDisk
from dispatch.centre.claims_ledger import CHINA
from dispatch.claims.assess import WHY_NOT, UseLine
from dispatch.claims.claim import ClaimFacts, ClaimId, ClaimRecord, ClaimStep
from dispatch.claims.deeds import ActOnClaim, AskQuota, FileClaim, NotePayment, TellDonation
from dispatch.claims.donors import DonorId, checked_identity, masked_name
from dispatch.claims.netting import Journal
from dispatch.claims.policy import Channel
from dispatch.claims.quota import Day, Donation, Party
from dispatch.claims.statement_page import yuan
from dispatch.claims.states import STATE_NAMES, ClaimState, Deed, deeds_in, step_name
from dispatch.cli.claims_sending import Where, default_database, send, whose
from dispatch.cli.on_paper import OnPaper, OutFolder, put_out
from dispatch.cli.options import ConfigDir, text_of
from dispatch.cli.times import local_time
from dispatch.clock import SystemClock, epoch_ms
from dispatch.decide.documents import BadDocument, read
from dispatch.desk.claim_slips import claim_sheet
from dispatch.desk.claim_words import checklist, policy_text
from dispatch.desk.document import as_html, as_text
from dispatch.desk.refusal_words import refusal_text
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen
from dispatch.language import N_, _, current
from dispatch.settings import Configuration, load
from dispatch.settings.claims import load_claim_rules
from dispatch.settings.donor_keys import add_key, keys_file, load_keys
from dispatch.text import fit, safe_text
from dispatch.wrong_values import wrong_value

City = Annotated[str, typer.Option("--city", help=_("the centre; without it the home city's"))]
Data = Annotated[
    Path | None,
    typer.Option("--data", help=_("a centre's database, when its centre does not run; else over its broker")),
]
OperatorName = Annotated[str, typer.Option("--operator", help=_("who acts, one of `czt operators list`"))]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help=_("read the password from standard input, one line"))
]
KeysFile = Annotated[
    Path | None, typer.Option("--keys", help=_("the file of donor keys; without it CZT_DONOR_KEYS names it"))
]
AsJson = Annotated[bool, typer.Option("--json", help=_("print everything as JSON"))]
DEED_HELP = {
    Deed.SUBMIT: N_("Submit a draft, ticking off its documents."),
    Deed.VERIFY: N_("Begin to verify a claim."),
    Deed.ASK_INFO: N_("Ask for what is missing."),
    Deed.GIVE_INFO: N_("Take in what was missing; verifying goes on."),
    Deed.REJECT: N_("Reject a claim."),
    Deed.APPROVE: N_("Approve a claim: the ledger sets its quota aside, or says no."),
    Deed.PAY: N_("Note that a claim was paid, or waived on the hospital's bill."),
    Deed.CLOSE: N_("Close a claim that is settled."),
    Deed.WITHDRAW: N_("Withdraw a claim before it is paid; its quota comes back."),
    Deed.REVERSE: N_("Take a payment back by a contra entry; its quota comes back."),
    Deed.DISPUTE: N_("Dispute a claim that was paid: it is not netted until that is resolved."),
    Deed.RESOLVE: N_("Resolve a dispute: the claim goes on from where it was."),
}


EACH_RELATIVE = N_("each relative")


class ClaimFiling(Frozen):
    """A claim as it is filed. `identity` or `donors`; a number is hashed at once and kept nowhere."""

    id: str = ""
    channel: Channel
    identity: str = Field(default="", max_length=64, repr=False, description="the donor's identity number")
    donors: tuple[DonorId, ...] = Field(default=(), description="or the donor's keyed hashes")
    name: str = Field(default="", max_length=64, repr=False, description="kept masked")
    by: Party
    relation: str | None = None
    relative_identity: str = Field(
        default="",
        max_length=64,
        repr=False,
        description="the relative's identity number, hashed as the donor's; where each relative has a quota",
    )
    relatives: tuple[DonorId, ...] = Field(default=(), description="or the relative's keyed hashes")
    hospital: str
    used_on: Day
    lines: tuple[UseLine, ...]


class DonationTold(Frozen):
    """A donation for the ledger; `id` is the blood centre's own number of it."""

    id: str
    identity: str = Field(default="", max_length=64, repr=False, description="the donor's identity number")
    donors: tuple[DonorId, ...] = Field(default=(), description="or the donor's keyed hashes")
    donation: Donation


def register(app: typer.Typer) -> None:
    """Put these commands beside those that work on files alone."""
    app.command("file", help=_("File a claim, a draft."))(file_claim)
    for deed in Deed:
        app.command(deed.value.replace("_", "-"), help=_(DEED_HELP[deed]))(_doing(deed))
    app.command("list", help=_("List the claims that a centre handles."))(list_claims)
    app.command("show", help=_("Show one claim with its history."))(show_claim)
    app.command("donation", help=_("Tell the ledger of a donation."))(tell_donation)
    app.command("settled", help=_("Note that a payment between the centres has come."))(note_payment)
    app.command("journal", help=_("Print the ledger's journal as JSON, for the other centres."))(journal)
    app.add_typer(keys, name="keys")


def where(config: Path | None, city: str, data: Path | None, operator: str, password_stdin: bool) -> Where:
    """What the options of a command say together."""
    configuration = load(config)
    return Where(
        configuration, config, city or configuration.settings.home_city, data, operator, password_stdin
    )


# --- filing and acting ----------------------------------------------------------------------------


def file_claim(
    claim: Annotated[Path, typer.Argument(help=_("a JSON file (schema: claims-filing); - is stdin"))],
    city: City = "",
    data: Data = None,
    keys_path: KeysFile = None,
    operator: OperatorName = "",
    password_stdin: FromStdin = False,
    as_json: AsJson = False,
    config: ConfigDir = None,
) -> None:
    """A number in it is checked, hashed and forgotten."""
    filing = read("claims-filing", ClaimFiling, text_of(claim))
    place = where(config, city, data, operator, password_stdin)
    given = {
        name: getattr(filing, name) for name in ("channel", "by", "relation", "hospital", "used_on", "lines")
    }
    try:
        donors, relatives = donors_of(filing, keys_path), _relatives_of(filing, keys_path)
        facts = ClaimFacts(donors=donors, relatives=relatives, name=masked_name(filing.name), **given)
        number = filing.id or f"{place.city[:20]}-{uuid7(epoch_ms(SystemClock().now()))[:23]}"
        said = FileClaim(claim=ClaimId(number), facts=facts)
    except ValidationError as error:
        raise _bad("claims-filing", error) from None
    _tell(place, send(place, said), as_json)


def donors_of(filing: ClaimFiling | DonationTold, keys_path: Path | None) -> tuple[DonorId, ...]:
    """The donor's hashes: as given, or made of the number."""
    if bool(filing.identity) == bool(filing.donors):
        raise DispatchError(_("give the donor's identity number or keyed hashes, one of them"))
    return filing.donors or hashed(filing.identity, keys_path)


def _relatives_of(filing: ClaimFiling, keys_path: Path | None) -> tuple[DonorId, ...]:
    """The relative's, where he is named."""
    if filing.relative_identity and filing.relatives:
        raise DispatchError(_("give the relative's identity number or keyed hashes, one of them"))
    return hashed(filing.relative_identity, keys_path) if filing.relative_identity else filing.relatives


def hashed(identity: str, keys_path: Path | None) -> tuple[DonorId, ...]:
    """A number under every key; what is wrong with the number is said before a key is looked for."""
    checked_identity(identity)
    return load_keys(keys_file(keys_path)).donors(identity)


def _doing(deed: Deed) -> Callable[..., None]:
    def act(
        claim: Annotated[str, typer.Argument(help=_("number of the claim"))],
        reason: Annotated[str, typer.Option("--reason", help=_("why"))] = "",
        documents: Annotated[
            list[str] | None, typer.Option("--document", help=_("tick a document off; may be repeated"))
        ] = None,
        reference: Annotated[str, typer.Option("--reference", help=_("of the payment"))] = "",
        paid_by: Annotated[
            str, typer.Option("--paid-by", help=_("the centre that paid a forwarded claim"))
        ] = "",
        city: City = "",
        data: Data = None,
        operator: OperatorName = "",
        password_stdin: FromStdin = False,
        as_json: AsJson = False,
        config: ConfigDir = None,
    ) -> None:
        place = where(config, city, data, operator, password_stdin)
        try:
            said = ActOnClaim(
                claim=ClaimId(claim), deed=deed, reason=reason, documents=tuple(documents or ()),
                reference=reference, paid_by=CityCode(paid_by) if paid_by else None,
            )  # fmt: skip
        except ValidationError as error:
            raise _bad(deed.value, error) from None
        _tell(place, send(place, said), as_json)

    return act


def _bad(name: str, error: ValidationError) -> BadDocument:
    """The first fault of what was given; never the value, which may be somebody's number."""
    first = error.errors(include_url=False, include_input=False)[0]
    path = ".".join(str(step) for step in first["loc"])
    return BadDocument(name, safe_text(path), safe_text(wrong_value(first), 300))


def _tell(where: Where, facts: Mapping[str, str | int], as_json: bool) -> None:
    """How a claim stands now."""
    if as_json:
        typer.echo(json.dumps(dict(facts), ensure_ascii=False, indent=2))
        return
    if "claim" not in facts:
        typer.echo(_("taken"))
    else:
        state = _(STATE_NAMES[ClaimState(str(facts["state"]))])
        typer.echo(_("{claim}: {state}", claim=facts["claim"], state=state))
        if facts.get("fen"):
            typer.echo(_("in all {ml} mL, {yuan} yuan", ml=facts["ml"], yuan=yuan(int(facts["fen"]))))
    if "waits" in facts:
        names = {str(one.code): one.name.text(current()) for one in where.configuration.cities}
        city = names.get(str(facts["waits"]), safe_text(facts["waits"]))
        typer.echo(_("the ledger at {city} has not answered yet: the claim waits for it", city=city))
    if "trouble" in facts:
        told = json.loads(str(facts.get("why", "{}")))
        why = refusal_text(where.configuration, str(facts["trouble"]), told)
        typer.echo(_("the ledger would not: {why}", why=why))


# --- looking --------------------------------------------------------------------------------------


def database(configuration: Configuration, city: str, data: Path | None) -> Path:
    """The database to look into."""
    return data or default_database(configuration, city or configuration.settings.home_city)


def list_claims(
    city: City = "",
    data: Data = None,
    state: Annotated[str, typer.Option("--state", help=_("only those in this state, e.g. verifying"))] = "",
    last: Annotated[int, typer.Option("--last", min=1, max=100_000, help=_("so many claims"))] = 50,
    as_json: AsJson = False,
    config: ConfigDir = None,
) -> None:
    """Newest change first; the file is only read."""
    if state and state not in set(ClaimState):
        known = _(", ").join(ClaimState)
        raise DispatchError(
            _("no state is called {name}; there are: {known}", name=safe_text(state), known=known)
        )
    file = database(load(config), city, data)
    whose(file)
    with reader(file) as connection:
        found = ClaimsDisk(connection).claims(state, last)
    if as_json:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in found], ensure_ascii=False, indent=2))
        return
    if not found:
        typer.echo(_("no claims"))
    for one in found:
        typer.echo(_line(one))


def _line(one: ClaimRecord) -> str:
    fen = one.granted_fen or sum(line.fen for line in one.facts.lines)
    waits = _("waits for the ledger") if one.waits else ""
    name, state = fit(safe_text(one.facts.name), 6), fit(_(STATE_NAMES[one.state]), 24)
    cells = f"{one.id:<26} {one.facts.channel} {state} {name} {yuan(fen):>14}  {local_time(one.changed_ms)}"
    return f"{cells}  {waits}".rstrip()


def show_claim(
    claim: Annotated[str, typer.Argument(help=_("number of the claim"))],
    city: City = "",
    data: Data = None,
    as_json: AsJson = False,
    out: OutFolder = None,
    on_paper: OnPaper = False,
    config: ConfigDir = None,
) -> None:
    """Everything that is kept of it; the file is only read."""
    configuration = load(config)
    file = database(configuration, city, data)
    _city, drill = whose(file)
    with reader(file) as connection:
        disk = ClaimsDisk(connection)
        found, steps = disk.claim(ClaimId(claim)), disk.history(ClaimId(claim))
    if found is None:
        raise DispatchError(_("there is no claim {claim} in {file}", claim=safe_text(claim, 48), file=file))
    if as_json:
        history = [step.model_dump(mode="json") for step in steps]
        said = {**found.model_dump(mode="json"), "history": history, "next": list(deeds_in(found.state))}
        typer.echo(json.dumps(said, ensure_ascii=False, indent=2))
    elif out is None and not on_paper:
        typer.echo("\n".join(_details(found, steps, configuration, config)))
    sheet = claim_sheet(
        found,
        steps,
        {city.code: city.name.text(current()) for city in configuration.cities},
        policy_text(configuration, found.policy),
        checklist(configuration, found.policy, found.facts.used_on.isoformat(), found.facts.by),
        SystemClock().now(),
        configuration.settings.operator,
        drill=drill,
    )
    put_out(configuration, sheet.name, as_text(sheet), as_html(sheet), sheet.title, out, paper=on_paper)


def _details(
    one: ClaimRecord, steps: list[ClaimStep], configuration: Configuration, config: Path | None
) -> list[str]:
    names = {city.code: city.name.text(current()) for city in configuration.cities}
    lines = [
        _line(one),
        f"  {safe_text(one.facts.hospital)}  {one.facts.used_on}  {one.facts.donors[0][:17]}…",
    ]
    lines += [f"  {safe_text(line.id)}  {line.ml} mL  {yuan(line.fen)}" for line in one.facts.lines]
    if one.granted_fen:
        granted = _("in all {ml} mL, {yuan} yuan", ml=one.granted_ml, yuan=yuan(one.granted_fen))
        lines.append(f"{granted}  ({policy_text(configuration, one.policy)})")
        lines += [
            _("{centre} is liable for {yuan} yuan", centre=names.get(code, code), yuan=yuan(fen))
            for code, fen in one.liable.items()
        ]
    lines += _checklist(one, config)
    if one.reference:
        lines.append(_("reference of the payment: {reference}", reference=safe_text(one.reference)))
    if one.trouble:
        why = refusal_text(configuration, one.trouble, one.trouble_facts)
        lines.append(_("the ledger would not: {why}", why=why))
    for step in steps:
        said = _(WHY_NOT[step.reason]) if step.reason in WHY_NOT else safe_text(step.reason)
        reason = f"  {said}" if said else ""
        state = fit(f"{_(step_name(step.deed))}{_(': ')}{_(STATE_NAMES[step.state])}", 32)
        lines.append(f"    {local_time(step.at_ms)}  {state} {safe_text(step.by)}{reason}".rstrip())
    legal = _(", ").join(deed.value.replace("_", "-") for deed in deeds_in(one.state))
    lines.append(_("next may be: {legal}", legal=legal or "-"))
    return lines


def _checklist(one: ClaimRecord, config: Path | None) -> list[str]:
    rules = load_claim_rules(config)
    try:
        policy = rules.named(one.policy or rules.on(one.facts.used_on))
    except DispatchError:
        return []
    return [
        f"  [{'x' if id_ in one.documents else ' '}] {id_}{_(': ')}{document.text(current())}"
        for id_, document in policy.checklist(one.facts.by).items()
    ]


# --- the ledger -----------------------------------------------------------------------------------


def tell_donation(
    donation: Annotated[Path, typer.Argument(help=_("a JSON file (schema: claims-donation); - is stdin"))],
    city: City = "",
    data: Data = None,
    keys_path: KeysFile = None,
    operator: OperatorName = "",
    password_stdin: FromStdin = False,
    as_json: AsJson = False,
    config: ConfigDir = None,
) -> None:
    """By the blood centre that took it; told twice it counts once."""
    told = read("claims-donation", DonationTold, text_of(donation))
    place = where(config, city, data, operator, password_stdin)
    try:
        said = TellDonation(id=ClaimId(told.id), donors=donors_of(told, keys_path), donation=told.donation)
    except ValidationError as error:
        raise _bad("claims-donation", error) from None
    _tell(place, send(place, said), as_json)


def ask_quota(place: Where, identity: str, on: date | None, keys_path: Path | None) -> dict[str, str | int]:
    """What the ledger knows of a donor."""
    day = on or SystemClock().now().astimezone(CHINA).date()
    return dict(send(place, AskQuota(donors=hashed(identity, keys_path), on=day)))


def quota_lines(facts: Mapping[str, str | int], parties: Mapping[Party, str]) -> list[str]:
    """The ledger's answer as text; where each relative has a quota, that of whoever used none yet."""
    lines = [_("credited: {ml} mL", ml=facts["credited_ml"])]
    if "each_relative" in facts:
        parties = {**parties, "relatives": EACH_RELATIVE}
    for party, name in parties.items():
        unlimited = f"{party}_quota_ml" not in facts
        quota = _("without limit") if unlimited else f"{facts[f'{party}_quota_ml']} mL"
        left = _("without limit") if unlimited else f"{facts[f'{party}_left_ml']} mL"
        said = {"quota": quota, "used": facts[f"{party}_used_ml"], "left": left}
        lines.append(_("{party}: quota {quota}, used {used} mL, left {left}", party=_(name), **said))
    return lines


def note_payment(
    month: Annotated[str, typer.Option("--month", help=_("the month, e.g. 2026-11"))],
    payer: Annotated[str, typer.Option("--payer", help=_("the centre, e.g. changsha"))],
    payee: Annotated[str, typer.Option("--payee", help=_("the centre, e.g. changsha"))],
    reference: Annotated[str, typer.Option("--reference", help=_("of the payment"))],
    city: City = "",
    data: Data = None,
    operator: OperatorName = "",
    password_stdin: FromStdin = False,
    as_json: AsJson = False,
    config: ConfigDir = None,
) -> None:
    """At the centre of the ledger; by the payee, or by that centre."""
    place = where(config, city, data, operator, password_stdin)
    try:
        said = NotePayment(month=month, payer=CityCode(payer), payee=CityCode(payee), reference=reference)
    except ValidationError as error:
        raise _bad("settled", error) from None
    _tell(place, send(place, said), as_json)


def journal(city: City = "", data: Data = None, config: ConfigDir = None) -> None:
    """Every line that was netted, under its month: what `net --journal` and `statement --journal` read."""
    typer.echo(journal_of(database(load(config), city, data)).model_dump_json(indent=2))


def journal_of(file: Path) -> Journal:
    """The netted lines of a ledger."""
    whose(file)
    with reader(file) as connection:
        return Journal(entries=tuple(ClaimsDisk(connection).netted()))


# --- keys -----------------------------------------------------------------------------------------

keys = typer.Typer(
    help=_("Keys that donors are hashed with."), no_args_is_help=True, rich_markup_mode=None
)  # fmt: skip


@keys.command("new", help=_("Make a file of keys, or add one: from then on it is the one in use."))
def new_key(
    file: Annotated[Path, typer.Argument(help=_("the file, kept by the three centres alone"))],
) -> None:
    """The older ones stay: a donor is known by all of them."""
    made = add_key(file)
    typer.echo(
        _(
            "{key} is in use from now on; bring {file} to the other centres by hand",
            key=made.current,
            file=file,
        )
    )


@keys.command("show", help=_("Show the names of the keys, never the keys."))
def show_keys(
    file: Annotated[Path | None, typer.Argument(help=_("the file, kept by the three centres alone"))] = None,
    as_json: AsJson = False,
) -> None:
    """Names are fingerprints: where they agree, the centres hold the same keys."""
    known = load_keys(keys_file(file))
    if as_json:
        typer.echo(json.dumps({"current": known.current, "keys": list(known.keys)}))
        return
    for name in known.keys:
        typer.echo(f"{'*' if name == known.current else ' '} {name}")
