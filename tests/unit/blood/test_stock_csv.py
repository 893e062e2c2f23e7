"""Tables of a blood station: encodings, titles, values, and rows that cannot be used."""

from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.blood.stock_csv import BadTable, Reading, StockTable, read_stock
from dispatch.clock import CHINA
from dispatch.domain.blood import BloodGroup, ComponentCode, LotId, LotState
from dispatch.language import use
from dispatch.settings import load
from dispatch.settings.cover import load_csv_words

COMPONENTS = load().components
BY = Reading(load_csv_words(), COMPONENTS, {"E0336": ComponentCode("red_cells")})
CHINESE = (
    "献血码,品种,血型,数量,有效期至,状态,特殊属性\nG1,悬浮红细胞,O型RhD阳性,2U,2026年11月30日,可用,辐照\n"
)


@pytest.fixture(autouse=True)
def _english() -> None:
    use("en")


def table(rows: str, titles: str = "lot,component,group,quantity,expires,state,attributes") -> StockTable:
    return read_stock(f"{titles}\n{rows}\n".encode(), BY)


def only(row: str) -> str:
    """Why the one row was refused."""
    found = table(row)
    assert (found.lots, len(found.faults), found.faults[0].line) == ((), 1, 2)
    return found.faults[0].why


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_chinese_table_is_read_in_every_encoding_and_with_every_separator(
    encoding: str, separator: str
) -> None:
    found = read_stock(CHINESE.replace(",", separator).encode(encoding), BY)
    assert found.faults == ()
    lot = found.lots[0]
    assert (lot.id, lot.component, lot.group, lot.quantity) == ("G1", "red_cells", BloodGroup.O_POS, 2)
    assert lot.expires_at == datetime(2026, 11, 30, 23, 59, tzinfo=CHINA)
    assert (lot.state, lot.attributes) == (LotState.AVAILABLE, frozenset({"irradiated"}))


def test_lines_above_the_titles_and_columns_that_nobody_reads_are_passed_over() -> None:
    found = read_stock(f"某血站库存,,\n制表 2026-11-24,,\n{CHINESE.replace('状态', '仓位')}".encode(), BY)
    assert len(found.lots) == 1
    assert found.ignored == ("仓位",)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-30", (30, 23, 59)), ("2026/11/30", (30, 23, 59)), ("20261130", (30, 23, 59)),
        ("46356", (30, 23, 59)), ("46356.75", (30, 18, 0)), ("2026-11-30 08:05", (30, 8, 5)),
        ("2026-11-30T08:05:00+08:00", (30, 8, 5)), ("2026-11-30T00:05Z", (30, 8, 5)),
        ("2026.11.30 8:05:59", (30, 8, 5)),
    ],
)  # fmt: skip
def test_an_expiry_is_read_however_it_is_written(written: str, moment: tuple[int, int, int]) -> None:
    day, hour, minute = moment
    found = table(f"L1,red_cells,O+,1,{written},,")
    assert found.faults == ()
    assert found.lots[0].expires_at.replace(second=0) == datetime(2026, 11, day, hour, minute, tzinfo=CHINA)


@pytest.mark.parametrize(
    "written", ["30/11/2026", "11/30/26", "2026-02-30", "", "soon", "46356.999999999", "1"]
)
def test_a_date_that_could_be_another_one_is_refused(written: str) -> None:
    if written == "46356.999999999":
        assert table(f"L1,red_cells,O+,1,{written},,").faults == ()
    else:
        assert "year first" in only(f"L1,red_cells,O+,1,{written},,")


@pytest.mark.parametrize(
    ("group", "rhd", "read"),
    [
        ("O+", "", "O+"), ("ab-", "", "AB-"), ("A型RhD阴性", "", "A-"), ("B RH(D) 阳性", "", "B+"),
        ("AB", "阴性", "AB-"), ("\uff2f\uff0b", "", "O+"), ("0+", "", "O+"), ("A+", "+", "A+"),
        ("A", "", None), ("A+", "-", None), ("C+", "", None), ("", "+", None), ("A?", "", None),
    ],
)  # fmt: skip
def test_a_group_needs_its_rhd_sign_here_or_there_and_never_two(
    group: str, rhd: str, read: str | None
) -> None:
    found = table(f"L1,red_cells,{group},{rhd},1,2026-11-30", "lot,component,group,rhd,quantity,expires")
    assert [one.group.value for one in found.lots] == ([] if read is None else [read])
    assert len(found.faults) == (read is None)


@pytest.mark.parametrize(
    ("quantity", "component", "read"),
    [
        ("2", "red_cells", 2), ("2 U", "red_cells", 2), ("2.0", "red_cells", 2), ("200mL", "red_cells", None),
        ("200mL", "fresh_frozen_plasma", 200), ("1治疗量", "platelets", 1), ("2.5", "red_cells", None),
        ("-1", "red_cells", None), ("two", "red_cells", None), ("1000001", "red_cells", None),
        ("", "red_cells", None), ("1,200", "fresh_frozen_plasma", 1200),
    ],
)  # fmt: skip
def test_a_quantity_is_whole_and_in_the_unit_of_its_component(
    quantity: str, component: str, read: int | None
) -> None:
    found = table(f'L1,{component},O+,"{quantity}",2026-11-30,,')
    assert [one.quantity for one in found.lots] == ([] if read is None else [read])
    assert len(found.faults) == (read is None)


def test_every_bad_row_is_named_with_its_line_and_what_is_allowed() -> None:
    found = table(
        "L1,red_cells,O+,1,2026-11-30,,\n"
        "L 2,blood,O+,1,2026-11-30,,\n"
        "\n"
        "L3,red_cells,O+,1,2026-11-30,lost,\n"
        "L1,red_cells,O+,1,2026-11-30,,\n"
        "L5,washed_red_cells,O+,1,2026-11-30,,cmv_negative\n"
        "1.2E+12,red_cells,O+,1,2026-11-30,,"
    )
    assert [lot.id for lot in found.lots] == ["L1"]
    assert [fault.line for fault in found.faults] == [3, 5, 6, 7, 8]
    said = " ".join(fault.why for fault in found.faults)
    for part in ("suspended red cells", "quarantined", "stands on line 2 already", "irradiated", "as text"):
        assert part in said


def test_nothing_of_a_lot_is_a_lot_that_is_gone() -> None:
    found = table("L1,red_cells,O+,0,2026-11-30,,")
    assert (found.lots, found.gone, found.faults) == ((), (LotId("L1"),), ())


def test_a_product_code_of_the_users_table_names_the_component() -> None:
    assert table("L1,E0336V00,O+,1,2026-11-30,,").lots[0].component == "red_cells"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "columns are missing"),
        (b"lot,group\nL1,O+\n", "component: component"),
        (b"PK\x03\x04rest", "save it as CSV first"),
        (b"\xff\xff\x81", "neither UTF-8 nor GB18030"),
        (b"lot,LOT,component,group,quantity,expires\n", "two columns are both lot"),
        (b"lot,component,group,quantity,expires\n" + b'"' + b"x" * 200_000, "cannot be read as CSV"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(raw: bytes, said: str) -> None:
    with pytest.raises(BadTable, match=said):
        read_stock(raw, BY)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_whatever_bytes_come_they_are_read_or_refused(raw: bytes) -> None:
    for head in (b"", b"lot,component,group,quantity,expires\n"):
        with suppress(BadTable):
            read_stock(head + raw, BY)
