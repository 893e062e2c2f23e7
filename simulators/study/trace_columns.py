"""What the columns of other simulators' traces are called, and what was read from which of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulators.study.tables import Column, Table

CALL_FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": (
        "id",
        "call",
        "call_id",
        "call_no",
        "callid",
        "incident",
        "incident_id",
        "index",
        "number",
        "编号",
        "呼叫编号",
    ),
    "time": (
        "time",
        "call_time",
        "at",
        "t",
        "called",
        "received",
        "arrival_time",
        "arrival",
        "time_of_call",
        "呼叫时间",
        "时间",
    ),
    "node": (
        "node",
        "node_id",
        "call_node",
        "location",
        "loc",
        "zone",
        "postcode",
        "nearest_node",
        "origin",
        "site",
        "demand_node",
        "呼叫节点",
        "节点",
        "地点",
    ),
    "scene": (
        "scene",
        "on_scene",
        "scene_duration",
        "on_scene_duration",
        "on_scene_time",
        "scene_time",
        "service_time",
        "service",
        "service_duration",
        "现场时长",
    ),
    "transport": (
        "transport",
        "transported",
        "is_transport",
        "is_transported",
        "to_hospital",
        "needs_transport",
        "transfer",
        "是否转运",
        "转运",
    ),
    "hospital": (
        "hospital",
        "hospital_node",
        "hospital_id",
        "hospital_index",
        "destination",
        "dest",
        "医院节点",
        "医院",
    ),
    "hospital_duration": (
        "hospital_duration",
        "at_hospital_duration",
        "at_hospital",
        "hospital_time",
        "handover_duration",
        "handover",
        "transfer_duration",
        "turnaround",
        "drop_off",
        "医院时长",
        "医院停留",
        "hospital_",
    ),
    "priority": ("priority", "prio", "urgency", "triage", "class", "优先级"),
    "dispatch_delay": ("dispatch_delay", "delay", "call_taking", "pre_dispatch"),
    "turnout": ("turnout", "turnout_time", "mobilisation", "mobilization", "mobilisation_delay", "chute"),
}
UNIT_FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": (
        "id",
        "unit",
        "unit_id",
        "ambulance",
        "ambulance_id",
        "vehicle",
        "name",
        "index",
        "number",
        "车辆",
        "编号",
    ),
    "base": (
        "base",
        "base_node",
        "station_node",
        "station",
        "home",
        "home_node",
        "node",
        "location",
        "base_id",
        "station_id",
        "node_id",
        "驻地",
        "驻地节点",
        "急救站",
    ),
    "start": ("start", "start_node", "initial_node", "initial", "start_location", "起始节点"),
    "from": ("from", "available_from", "start_time", "shift_start", "on_duty", "start_"),
    "until": ("until", "available_until", "end_time", "shift_end", "off_duty"),
    "turnout": ("turnout", "turnout_time", "mobilisation", "mobilization", "mobilisation_delay", "chute"),
}
TIME_FIELDS: Mapping[str, tuple[str, ...]] = {
    "from": (
        "from",
        "from_node",
        "origin",
        "o",
        "i",
        "source",
        "start",
        "from_id",
        "origin_id",
        "origin_node",
        "source_id",
        "source_node",
        "start_node",
        "node_from",
        "起点",
    ),
    "to": (
        "to",
        "to_node",
        "destination",
        "dest",
        "d",
        "j",
        "target",
        "end",
        "to_id",
        "destination_id",
        "destination_node",
        "dest_id",
        "dest_node",
        "target_id",
        "target_node",
        "end_node",
        "node_to",
        "终点",
    ),
    "minutes": (
        "minutes",
        "min",
        "time",
        "travel_time",
        "travel",
        "duration",
        "driving_time",
        "drive_time",
        "cost",
        "weight",
        "t",
        "travel_minutes",
        "分钟",
    ),
}
TIMED = frozenset(
    {"time", "scene", "hospital_duration", "dispatch_delay", "turnout", "from", "until", "minutes"}
)
"""Fields that are moments or durations."""
TIME_SECONDS = ("seconds", "sec", "s", "travel_seconds")


@dataclass(frozen=True)
class Reading:
    """How the files are to be read; `columns` as {"calls": {"node": "postcode"}}."""

    unit: str = "min"
    times_unit: str | None = None
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    symmetric: bool = False
    first_node: int = 1
    start_is: str | None = None
    """"node" or "time": what a units column named "start" holds; None: nodes if all are known ones."""
    read: dict[str, dict[str, str]] = field(default_factory=dict)
    """What was taken from which header, by file; filled while files are read."""
    not_read: dict[str, list[str]] = field(default_factory=dict)
    """Headers that mean nothing here, by file."""

    def named(self, file: str, name: str) -> str | None:
        """The header that the user gave for a field."""
        return self.columns.get(file, {}).get(name)

    def note(self, file: str, table: Table, columns: Mapping[str, Column | None]) -> None:
        """Remember which column every field was read from, and which columns nobody read."""
        used = {name: column for name, column in columns.items() if column is not None}
        self.read[file] = {name: column.header.strip() for name, column in used.items()}
        places = {column.place for column in used.values()}
        self.not_read[file] = [
            header.strip() for place, header in enumerate(table.header) if place not in places
        ]
