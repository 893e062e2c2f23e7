"""Requests for help in the words of OASIS EDXL-RM 1.0, as JSON with that standard's element names.

Only the elements that our records can fill are there. EDXL-RM itself is XML: whoever needs it wraps these.
"""

from collections.abc import Mapping

from dispatch.domain.aid import Aid, AidState
from dispatch.exchange.incidents import Document, moment
from dispatch.exchange.rules import EdxlWord


def edxl_rm(aid: Aid, words: Mapping[AidState, EdxlWord]) -> Document:
    """The message that says what a request has become; the request itself is its OriginatingMessageID."""
    word = words[aid.state]
    asked = word.message == "RequestResource"
    document: Document = {
        "MessageID": aid.id if asked else f"{aid.id}:{aid.state.value}",
        "SentDateTime": moment(aid.asked_at if asked else aid.changed_at),
        "MessageContentType": word.message,
        "OriginatingMessageID": aid.id,
        "IncidentInformation": {"IncidentID": aid.incident, "IncidentDescription": aid.chief_complaint},
        "ContactInformation": [
            {"ContactDescription": f"{aid.borrower}/{aid.node}", "ContactRole": "Requester"},
            {"ContactDescription": aid.lender, "ContactRole": "Responding Organization"},
        ],
        "ResourceInformation": [
            _resource(aid, number, unit, word) for number, unit in enumerate(_units(aid), 1)
        ],
    }
    if not asked:
        document["PrecedingMessageID"] = aid.id
    return document


def _units(aid: Aid) -> tuple[str, ...]:
    """The units that were named; before that one line for what is wanted."""
    return tuple(str(unit) for unit in aid.units) or ("",)


def _resource(aid: Aid, number: int, unit: str, word: EdxlWord) -> Document:
    resource: Document = {"TypeStructure": {"ValueListURN": "urn:czt:capability", "Value": sorted(aid.needs)}}
    if unit:
        resource["ResourceID"] = unit
    line: Document = {
        "ResourceInfoElementID": str(number),
        "Resource": resource,
        "AssignmentInformation": {"Quantity": {"MeasuredQuantity": {"Amount": 1 if unit else aid.count}}},
        "ScheduleInformation": [
            {"ScheduleType": "RequestedArrival", "DateTime": moment(aid.answer_by), "Location": {
                "LocationDescription": aid.place,
                "TargetArea": {"Point": f"{aid.position.lat} {aid.position.lon}"}}},
        ],
    }  # fmt: skip
    if word.response is not None:
        response: Document = {"PrecedingResourceInfoElementID": "1", "ResponseType": word.response}
        if aid.reason or aid.state is AidState.EXPIRED:
            response["ReasonCode"] = {
                "ValueListURN": "urn:czt:reason",
                "Value": aid.reason or aid.state.value,
            }
        line["ResponseInformation"] = response
    return line
