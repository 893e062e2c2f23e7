"""Traces and call records as other programs write them: the same calls, or a clear no."""
# ruff: noqa: DTZ001 - clocks on the wall

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch import language
from dispatch.cli.app import app
from dispatch.domain.datum import from_wgs84
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import Datum
from dispatch.settings import load
from simulators.study.real_calls import Move, Spot, Window, move, read_real_calls
from simulators.study.replay import Options, replay
from simulators.study.stamps import day_stands_first, stamp, zone
from simulators.study.tables import read_table
from simulators.study.trace_columns import Reading
from simulators.study.trace_times import read_times
from simulators.study.traces import read_calls, read_units

CALLS = """id,time,node,on_scene_duration,transport,hospital,hospital_duration,priority
1,0,A,10.5,1,B,5,1
2,1,B,10,0,,0,2
3,2,A,5,1,B,3,
"""
UNITS = "id,base_node\nu1,A\nu2,B\n"
TIMES = "from,to,minutes\nA,B,7\nB,A,8\n"


def trips(folder: Path, calls: bytes, units: str = UNITS, times: str = TIMES) -> list[tuple[str, float]]:
    """Unit and arrival of every call, in the order of ids."""
    (folder / "calls.csv").write_bytes(calls)
    (folder / "units.csv").write_text(units)
    (folder / "times.csv").write_text(times)
    between = read_times(folder / "times.csv", Reading())
    fleet = read_units(folder / "units.csv", between, Reading())
    asked = read_calls(folder / "calls.csv", between, Reading())
    run, made = replay(asked, fleet, between, Options())
    return [
        (fleet[trip.unit].id, trip.arrived)
        for _id, trip in sorted((run.calls[trip.call].id, trip) for trip in made)
    ]


def columns_turned_round(text: str) -> str:
    return "".join(",".join(reversed(line.split(","))) + "\n" for line in text.splitlines())


def rows_turned_round(text: str) -> str:
    head, *rows = text.splitlines()
    return "\n".join([head, *reversed(rows)]) + "\n"


OTHERS = {
    "a byte order mark and CR LF": ("\ufeff" + CALLS.replace("\n", "\r\n")).encode(),
    "CR alone": CALLS.replace("\n", "\r").encode(),
    "everything in quotes": "".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) + "\n" for line in CALLS.splitlines()
    ).encode(),
    "columns in another order": columns_turned_round(CALLS).encode(),
    "rows in another order": rows_turned_round(CALLS).encode(),
    "semicolons and decimal commas": CALLS.replace(",", ";").replace("10.5", "10,5").encode(),
    "tabs": CALLS.replace(",", "\t").encode(),
    "strokes": CALLS.replace(",", "|").encode(),
    "a comment with commas above semicolons": (
        "# a, b, c, d, e, f, g, h, i, j\n" + CALLS.replace(",", ";")
    ).encode(),
    "empty lines above semicolons": ("\n\n" + CALLS.replace(",", ";")).encode(),
    "what a spreadsheet says of its separator": ("sep=;\n" + CALLS.replace(",", ";")).encode(),
    "empty cells behind the last column": CALLS.replace("\n", ",,\n")
    .replace("priority,,", "priority")
    .encode(),
    "UTF-16": CALLS.encode("utf-16"),
    "without priorities": "".join(line.rpartition(",")[0] + "\n" for line in CALLS.splitlines()).encode(),
    "Chinese titles in GB18030": CALLS.replace(
        CALLS.splitlines()[0], "编号,呼叫时间,地点,现场时长,是否转运,医院,医院停留,优先级"
    ).encode("gb18030"),
    "stamps in two zones": CALLS.replace("1,0,A", "1,2026-03-01T08:00:00+08:00,A")
    .replace("2,1,B", "2,2026-03-01T00:01:00Z,B")
    .replace("3,2,A", "3,2026-03-01T08:02:00+08:00,A")
    .encode(),
}


@pytest.mark.parametrize("how", OTHERS, ids=list(OTHERS))
def test_a_trace_says_the_same_however_it_is_written(how: str, tmp_path: Path) -> None:
    expected = trips(tmp_path, CALLS.encode())
    found = trips(tmp_path, OTHERS[how])
    start = found[0][1] - expected[0][1]  # stamps count from midnight
    assert [(unit, at - start) for unit, at in found] == expected
    assert start == (480 if how == "stamps in two zones" else 0)


def test_a_table_of_blanks_is_a_matrix(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("0  7\n 8 0\n")
    assert read_times(tmp_path / "t.csv", Reading()).minutes == [[0, 7], [8, 0]]


NO = {
    "a column twice": (CALLS.replace("hospital_duration", "time"), UNITS, TIMES, "time stands twice"),
    "only titles": (CALLS.splitlines()[0] + "\n", UNITS, TIMES, "no rows"),
    "more cells than columns": (CALLS + "4,9,A,1,0,,0,1,x\n", UNITS, TIMES, ":5: 9 cells"),
    "stamps with and without a zone": (
        "time,node\n2026-03-01T00:00:00+08:00,A\n2026-03-01T00:00:00,A\n", UNITS, TIMES, ":3: ",
    ),
    "a word for a priority": (CALLS + "4,9,A,1,0,,0,urgent\n", UNITS, TIMES, "A1, A2, B"),
    "a pair without minutes": (CALLS, UNITS, "from,to,minutes\nA,B,\nB,A,3\n", "leave the row out"),
    "one way only": (CALLS, UNITS, "from,to,minutes\nA,B,7\n", "--symmetric"),
    "neither pairs nor a matrix": (CALLS, UNITS, "leg,way,minutes\nA,B,7\n", "neither pairs"),
    "a workbook": ("PK\x03\x04", UNITS, TIMES, "CSV UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("what", NO, ids=list(NO))
def test_what_cannot_be_read_is_refused_with_what_to_do(what: str, tmp_path: Path) -> None:
    language.use("en")
    calls, units, times, said = NO[what]
    with pytest.raises(DispatchError) as refused:
        trips(tmp_path, calls.encode(), units, times)
    assert said in str(refused.value)


def test_the_command_says_what_it_read_each_field_from(tmp_path: Path) -> None:
    trips(tmp_path, CALLS.replace("on_scene_duration", "SceneTime").replace("priority", "weather").encode())
    files = [f"--{name}={tmp_path / name}.csv" for name in ("calls", "units", "times")]
    said = CliRunner().invoke(app, ["--lang", "en", "study", "replay", *files, "--json"])
    document = json.loads(said.output)
    assert document["columns"]["calls"]["scene"] == "SceneTime"
    assert document["columns_not_read"]["calls"] == ["weather"]
    plain = CliRunner().invoke(app, ["--lang", "en", "study", "replay", *files])
    assert "scene ← SceneTime" in plain.output
    assert "not read from calls: weather" in plain.output


STAMPS = {
    "2016/03/01 10:05:06": datetime(2016, 3, 1, 10, 5, 6),
    "2023/04/12 08:22:33 PM": datetime(2023, 4, 12, 20, 22, 33),
    "03/14/2016 12:00:52 AM": datetime(2016, 3, 14, 0, 0, 52),
    "3/14/16 9:05": datetime(2016, 3, 14, 9, 5),
    "12 Apr 2023 08:00": datetime(2023, 4, 12, 8),
    "Apr 12, 2023 08:00 pm": datetime(2023, 4, 12, 20),
    "2016年3月1日 10时05分06秒": datetime(2016, 3, 1, 10, 5, 6),
    "2016-03-01 10:05:06.25": datetime(2016, 3, 1, 10, 5, 6, 250_000),
}


@pytest.mark.parametrize("text", STAMPS)
def test_usual_notations_of_a_moment_are_read(text: str) -> None:
    assert stamp(text) == STAMPS[text]


@pytest.mark.parametrize(
    "text", ["", "noon", "13/13/2016 10:00", "2016-03-01 25:00:00", "10:00", "3/14/2016 13:00 PM"]
)
def test_what_is_no_moment_is_none(text: str) -> None:
    assert stamp(text) is None


def test_the_dates_of_a_file_say_themselves_whether_the_day_stands_first() -> None:
    assert day_stands_first(["03/04/2016 1:00", "14/04/2016 1:00"])
    assert not day_stands_first(["03/04/2016 1:00", "04/14/2016 1:00"])
    assert day_stands_first(["03.04.2016 1:00"])
    assert stamp("03/04/2016 01:00", day_first=True) == datetime(2016, 4, 3, 1)


def real(
    folder: Path, text: str, spot: Spot | None = None
) -> tuple[list[tuple[object, ...]], dict[str, int]]:
    path = folder / "real.csv"
    path.write_text(text, encoding="utf-8")
    calls, left = read_real_calls(
        read_table(path), {}, drawn=False, window=Window(), spot=spot or Spot()
    )  # fmt: skip
    return [(call.at, round(call.lat, 6), round(call.lon, 6), call.priority) for call in calls], dict(+left)


def test_calls_of_other_cities_come_in_their_own_words(tmp_path: Path) -> None:
    one = (datetime(2016, 3, 1, 10, 5), 40.1, -75.3, 1)
    for text in (
        "lat,lng,timeStamp,prio\n40.1,-75.3,2016-03-01 10:05:00,P1\n",
        "Incident_Datetime,Latitude,Longitude,Priority\n03/01/2016 10:05:00 AM,40.1,-75.3,High\n",
        "日期,呼叫时间,纬度,经度,优先级\n2016年3月1日,10:05,40.1,-75.3,一级\n",
        "date,time,location,priority\n2016-03-01T00:00:00.000,1005,POINT (-75.3 40.1),29D2\n",
        'created_at,geometry,severity\n1456826700,"{""type"":""Point"",""coordinates"":[-75.3,40.1]}",1\n',
        "date;y;x;priority\n01.03.2016 10:05;40,1;-75,3;Priority 1\n",
    ):
        assert real(tmp_path, text) == ([one], {})


def test_a_zone_turns_stamps_into_the_clock_of_the_place(tmp_path: Path) -> None:
    stamps = ("2016-03-13T06:30:00Z", "2016-03-13T07:30:00Z", "2016-03-13 09:00:00")
    text = "time,lat,lon\n" + "".join(f"{one},40.1,-75.3\n" for one in stamps)
    calls, _left = real(tmp_path, text, Spot(zone("America/New_York")))
    assert [call[0] for call in calls] == [
        datetime(2016, 3, 13, hour, minute) for hour, minute in ((1, 30), (3, 30), (9, 0))
    ]
    with pytest.raises(DispatchError):
        zone("Xiang/River")


def test_what_no_call_can_be_is_left_out_and_counted(tmp_path: Path) -> None:
    text = (
        "time,lat,lon,priority\n2016-03-01 10:00,40.1,-75.3,?\n2016-03-01,40.1,-75.3,1\nnoon,40.1,-75.3,1\n"
        "2016-03-01 10:00,,,1\n2016-03-01 10:00,0,0,1\n2016-03-01 10:00,91,0,1\n"
        "2016-03-01 10:00,40.2,-75.3,2\n"
        "2016-03-01 10:00,40.1,75.3,1\n2016-03-01 10:00,40.1,-75.2,9\n"
    )
    calls, left = real(tmp_path, text)
    assert [call[3] for call in calls] == [None, 2, 3]
    assert left == {"time": 2, "place": 2, "swapped": 1, "far": 1}


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_shifted_coordinates_are_put_right_and_calls_of_these_cities_may_stay(
    datum: Datum, tmp_path: Path
) -> None:
    places = [(28.2, 112.97), (27.83, 113.13), (27.85, 112.9)]
    start = datetime(2026, 3, 1)
    rows = [
        f"{start + timedelta(hours=hour)},{lat!r},{lon!r}"
        for hour, (lat, lon) in enumerate(from_wgs84(*place, datum) for place in places)
    ]
    path = tmp_path / "real.csv"
    path.write_text("time,lat,lon\n" + "\n".join(rows) + "\n")
    table = read_table(path)
    calls, _left = read_real_calls(table, {}, drawn=False, window=Window(), spot=Spot(datum=datum))
    moved = move(calls, Move(load().cities, seed=1, stay=True))
    assert [call.city.code for call in moved] == ["changsha", "zhuzhou", "xiangtan"]
    for call, (lat, lon) in zip(moved, places, strict=True):
        assert (call.position.lat, call.position.lon) == pytest.approx((lat, lon), abs=2e-6)


def test_a_row_that_stands_twice_is_one_call_and_decimal_commas_may_be_quoted(tmp_path: Path) -> None:
    row = '2023-12-31 23:59:59,"40,1","-76,3",1\n'
    other = "2024-01-01 00:00:01,40.2N,76.35W,1\n"
    calls, left = real(tmp_path, "call_time,lat,lon,priority\n" + row + other + row)
    assert [call[1:3] for call in calls] == [(40.1, -76.3), (40.2, -76.35)]
    assert left == {"twice": 1}


@pytest.mark.parametrize(
    ("lat", "lon", "said"), [("113.0", "28.2", "in each other's column"), ("-76.3", "40.1", "Antarctic")]
)
def test_latitude_and_longitude_in_each_others_column_are_refused(
    lat: str, lon: str, said: str, tmp_path: Path
) -> None:
    language.use("en")
    with pytest.raises(DispatchError, match=said):
        real(tmp_path, f"call_time,lat,lon\n2024-01-01 10:00,{lat},{lon}\n")


@pytest.mark.parametrize(
    "text",
    [
        "20231231235905",
        "20231231T235905",
        "2023年12月31日 23时59分05秒",
        "2023年12月31日23点59分05秒",
        "2023-12-31 下午 11:59:05",
        "2023年12月31日下午11:59:05",
        "Sun, 31 Dec 2023 23:59:05",
    ],
)
def test_a_file_may_write_the_moment_in_one_cell_in_these_ways_too(text: str, tmp_path: Path) -> None:
    calls, _left = real(tmp_path, f'call_time,lat,lon\n"{text}",28.2,113.0\n')
    assert [call[0] for call in calls] == [datetime(2023, 12, 31, 23, 59, 5)]
