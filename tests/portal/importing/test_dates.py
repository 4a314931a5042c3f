from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.importing.cells import CellError, day, instant


def in_sheet(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type] # noqa: DTZ001 - cells of sheets know no zone


NEW_YEAR_EVE = date(2024, 12, 31)
THAI_MONTHS = [
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
]
THAI_SHORT = ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."]
DAYS = st.dates(date(1950, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    "written",
    [
        "2024-12-31",
        "2024/12/31",
        "20241231",
        "2024-12-31T08:26:00",
        "31/12/2024",
        "31-12-2024",
        "31.12.2024",
        "31/12/24",
        "31-12-24",
        "31 Dec 2024",
        "31-Dec-24",
        "31 December 2024",
        "31 december, 2024",
        "Dec 31, 2024",
        "December 31 2024",
        "31 ธันวาคม 2567",
        "31 ธ.ค. 2567",
        "31 ธ.ค. 67",
        "31 ธค 67",
        "31/12/2567",
        "๓๑/๑๒/๒๕๖๗",
        "๓๑ ธันวาคม พ.ศ. ๒๕๖๗",
        "วันที่ 31 ธันวาคม พ.ศ.2567",
        "31/12/2567 08:26",
        "2567-12-31",
        "31 ธันวาคม ค.ศ. 2024",
        "45657",
        45657,
        45657.35,
        in_sheet(2024, 12, 31, 8, 26),
        in_sheet(2567, 12, 31),
        date(2024, 12, 31),
        20241231,
        " 31 12 2024 ",
        "31/12/2024 8:26 PM",
        "31/12/2567 08.26 น.",
    ],
)
def test_a_day_is_read_however_an_office_writes_it(written: object):
    assert day(written) == NEW_YEAR_EVE  # type: ignore[arg-type]


def test_which_comes_first_is_said_and_not_guessed():
    assert day("01/02/2024") == date(2024, 2, 1)
    assert day("01/02/2024", day_first=False) == date(2024, 1, 2)
    with pytest.raises(CellError, match="the other way round"):
        day("12/31/2024")
    assert day("12/31/2024", day_first=False) == NEW_YEAR_EVE


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("31/02/2024", "no such day"),
        ("29/02/2566", "no such day"),
        ("32/01/2024", "no such day"),
        ("1899-12-30", "cannot be meant"),
        ("31/12/0024", "cannot be meant"),
        ("31/12/68", "four digits"),
        ("31 Foo 2024", "not the name of a month"),
        ("tomorrow", "not a date"),
        ("", "not a date"),
        ("12", "not a date"),
        ("2024-13-01", "no such day"),
        ("31/12-2024", "not a date"),
        ("x" * 100, "not a date"),
        (True, "not a date"),
        (time(8), "not a date"),
        (timedelta(1), "not a date"),
        (0.5, "not a date"),
        ("2024-01-01 25:00", "no such time"),
        ("2024-01-01 13:00 PM", "no such time"),
        (in_sheet(1899, 12, 30), "cannot be meant"),
        ("Date Not Captured", "not a date"),
    ],
)
def test_what_is_no_day_is_told_by_its_reason(written: object, reason: str):
    with pytest.raises(CellError, match=reason):
        day(written)  # type: ignore[arg-type]


def test_the_29th_of_february_of_a_buddhist_leap_year_exists():
    assert day("29/02/2567") == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2024-01-01 08:26:00", datetime(2024, 1, 1, 1, 26, tzinfo=UTC)),
        ("1/1/2567 08:26", datetime(2024, 1, 1, 1, 26, tzinfo=UTC)),
        ("1/1/2024 8:26:30 PM", datetime(2024, 1, 1, 13, 26, 30, tzinfo=UTC)),
        ("1/1/2024 12:05 am", datetime(2023, 12, 31, 17, 5, tzinfo=UTC)),
        ("2024-01-01T08:26:00Z", datetime(2024, 1, 1, 8, 26, tzinfo=UTC)),
        ("2024-01-01T08:26:00.123+07:00", datetime(2024, 1, 1, 1, 26, tzinfo=UTC)),
        ("2024-01-01T08:26:00-0500", datetime(2024, 1, 1, 13, 26, tzinfo=UTC)),
        ("2024-01-01", datetime(2023, 12, 31, 17, 0, tzinfo=UTC)),
        (in_sheet(2024, 1, 1, 8, 26), datetime(2024, 1, 1, 1, 26, tzinfo=UTC)),
        (
            datetime(2024, 1, 1, 8, 26, tzinfo=timezone(timedelta(hours=1))),
            datetime(2024, 1, 1, 7, 26, tzinfo=UTC),
        ),
        (45292.5, datetime(2024, 1, 1, 5, 0, tzinfo=UTC)),
    ],
)
def test_a_moment_is_of_bangkok_unless_it_says_where(written: object, moment: datetime):
    assert instant(written) == moment  # type: ignore[arg-type]
    assert instant(written).tzinfo is UTC  # type: ignore[arg-type]


def test_the_clocks_of_another_country_can_be_named():
    london = ZoneInfo("Europe/London")
    assert instant("2011-06-01 12:00", zone=london) == datetime(2011, 6, 1, 11, tzinfo=UTC)
    assert instant("2010-12-01 12:00", zone=london) == datetime(2010, 12, 1, 12, tzinfo=UTC)


@given(DAYS)
def test_every_way_of_writing_a_day_gives_it_back(on: date):
    era = on.year + 543
    for written in (
        f"{on:%Y-%m-%d}",
        f"{on.day}/{on.month}/{on.year}",
        f"{on.day:02}-{on.month:02}-{era}",
        f"{on.day} {on:%b} {on.year}",
        f"{on.day} {THAI_MONTHS[on.month - 1]} {era}",
        f"{on.day} {THAI_SHORT[on.month - 1]} {era}",
        f"{on.day} {THAI_SHORT[on.month - 1]} พ.ศ. {era}",
        f"{on:%B} {on.day}, {on.year}",
    ):
        assert day(written) == on, written
        assert day(written.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))) == on, written


@given(st.text("0123456789/-. :TZน.พศคมJan๐", max_size=24) | st.text(max_size=20))
def test_any_text_is_a_day_or_a_complaint(written: str):
    for parse in (day, instant):
        try:
            parse(written)
        except CellError:
            continue
