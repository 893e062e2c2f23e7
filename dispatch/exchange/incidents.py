"""An incident as an EIDO-like document and as an incident of UCRI2; no caller is in either.

EIDO: components with identifiers that refer to each other, after NENA-STA-021. UCRI2: the message `incident`
of the app incident_transfer 1.0 (https://github.com/PMeV-EFUL/ucri2), a JSON Schema that is public.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from dispatch.domain.geography import City
from dispatch.domain.incidents import Incident, Priority
from dispatch.domain.timeline import Entry
from dispatch.exchange.rules import EidoWords

Document = dict[str, object]
COUNTRY = "CN"


def shared_id(number: str) -> str:
    """A UUID that every city makes alike of an incident's number: a repeat is no second incident."""
    return str(uuid5(NAMESPACE_URL, f"urn:czt:incident:{number}"))


def eido(
    incident: Incident, timeline: Sequence[Entry], city: City, words: EidoWords, said: Sequence[str]
) -> Document:
    """One incident with its place, agency, units and notes; `said`: a sentence for each line of it."""
    number = incident.id
    agency, place = f"agency:{city.code}", f"location:{number}"
    changed = timeline[-1].at if timeline else incident.opened_at
    stamp = {"lastUpdateTimeStamp": moment(changed), "updatedByAgencyReference": _reference(agency)}
    notes = [
        {"componentIdentifier": f"note:{number}:{line.number}", "notesActionComments": text,
         "lastUpdateTimeStamp": moment(line.at), "updatedByAgencyReference": _reference(agency)}
        for line, text in zip(timeline, said, strict=True)
    ]  # fmt: skip
    resources = [
        {"componentIdentifier": f"resource:{unit}", "primaryUnitNumber": unit, **stamp}
        for unit in incident.sent
    ]
    whole: Document = {
        "$id": f"urn:czt:eido:{number}",
        "incidentComponent": [{
            "componentIdentifier": f"incident:{number}",
            "incidentTrackingIdentifier": number,
            "globalIdentifier": shared_id(number),
            "incidentTypeInternalText": incident.chief_complaint,
            "incidentStatusInternalText": words.status[incident.state],
            "incidentPriorityInternalText": _priority(incident.priority, words),
            "incidentStartTimeStamp": moment(incident.opened_at),
            "isTest": incident.drill,
            "patientCount": incident.patients,
            "locationReference": [_reference(place)],
            "emergencyResourceReference": [_reference(str(one["componentIdentifier"])) for one in resources],
            "notesReference": [_reference(str(one["componentIdentifier"])) for one in notes],
            **stamp,
        }],
        "locationComponent": [{
            "componentIdentifier": place,
            "locationDescriptionText": incident.place,
            "locationPoint": {"latitude": incident.position.lat, "longitude": incident.position.lon,
                              "datum": "urn:ogc:def:crs:EPSG::4326"},
            **stamp,
        }],
        "agencyComponent": [{
            "componentIdentifier": agency,
            "agencyIdentifier": city.code,
            "agencyNameText": city.name.text("zh_CN"),
            "countryCode": COUNTRY,
        }],
    }  # fmt: skip
    if resources:
        whole["emergencyResourceComponent"] = resources
    if notes:
        whole["notesComponent"] = notes
    return whole


def ucri2(
    incident: Incident, timeline: Sequence[Entry], city: City, said: Sequence[str], sent_at: datetime
) -> Document:
    """The message `incident` of UCRI2; blue lights for what is life-threatening or urgent."""
    remarks = [
        {"timestamp": moment(line.at), "message": text, "category": line.code}
        for line, text in zip(timeline, said, strict=True)
    ]
    document: Document = {
        "sharedIncidentId": shared_id(incident.id),
        "internalId": incident.id,
        "sentByDispatcherAt": moment(sent_at),
        "startTimestamp": moment(incident.opened_at),
        "flashingLights": incident.priority is not Priority.ROUTINE,
        "missionLocation": {
            "coordinate": {"lat": incident.position.lat, "lon": incident.position.lon},
            "object": {"name": incident.place},
            "additionalInformation": city.name.text("zh_CN"),
        },
        "additionalInformation": "; ".join(_facts(incident)),
    }
    if incident.chief_complaint:
        document["issue"] = incident.chief_complaint
    if incident.needs:
        document["classifications"] = sorted(str(need) for need in incident.needs)
    if remarks:
        document["protocolRemarks"] = remarks
    return document


def moment(at: datetime) -> str:
    """ISO 8601 with its offset, to the millisecond."""
    return at.isoformat(timespec="milliseconds")


def _priority(priority: Priority, words: EidoWords) -> str:
    return {str(key): word for key, word in words.priority.items()}[str(priority.value)]


def _reference(identifier: str) -> Document:
    return {"$ref": f"#{identifier}"}


def _facts(incident: Incident) -> list[str]:
    """What UCRI2 has no field for. It knows no drills: the word stands first."""
    units = [f"unit={unit}" for unit in incident.sent]
    return [*(["DRILL"] if incident.drill else []), f"patients={incident.patients}", *units]
