import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pypdfium2
import pytest

from portal.documents import (
    Bar,
    Bars,
    Block,
    Bullets,
    Column,
    Facts,
    Heading,
    LetterHead,
    Line,
    LineChart,
    LineTable,
    Note,
    PageBreak,
    Paragraph,
    Parties,
    Party,
    Row,
    Signature,
    Signatures,
    Together,
    Totals,
    amount_in_words_en,
    amount_in_words_th,
    build_pdf,
)
from portal.i18n import gettext, speaking
from portal.pdf.lines import break_lines
from portal.pdf.look import STYLES
from portal.pdf.strips import Strip, paginate
from portal.pdf.typeface import Face, run

ROOT = Path(__file__).parents[2]
BODY = STYLES["body"]
ISSUER = LetterHead("บริษัท สัญญา ดิสทริบิวชั่น จำกัด", ["กรุงเทพฯ 10260", "โทร 02 123 4567"])
COLUMNS = [
    Column("#", align="right"),
    Column("สินค้า", fill=True),
    Column("จำนวน", align="right"),
    Column("จำนวนเงิน", align="right"),
]


def sheet(*blocks: Block, language: str = "th") -> bytes:
    return build_pdf(
        blocks,
        title="ใบยืนยันคำสั่งซื้อ",
        number="SO-2569-0001",
        issuer=ISSUER,
        language=language,
        subject="คำสั่งซื้อ",
    )


def pages_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]
    finally:
        document.close()


def order_lines(count: int) -> list[Row]:
    return [
        Row([str(number), f"น้ำยาล้างพื้นสูตรที่ {number}", f"{number * 7:,}", f"{number * 1234.5:,.2f}"])
        for number in range(1, count + 1)
    ]


def strip(height: float, *, keep: bool = False) -> Strip:
    return Strip(height, lambda _pen, _x, _top: None, keep=keep)


def heights(pages: Sequence[Sequence[object]]) -> list[int]:
    return [len(page) for page in pages]


@pytest.mark.parametrize(
    "text",
    [
        "น้ำยาทำความสะอาดพื้น ผู้ซื้อที่นี่",
        "ปั๊มน้ำ ป้ายไฟ ฝ้าเพดาน ฟื้นฟู เก้าอี้",
        "กตัญญู ฐานุ ปฏิทิน ญี่ปุ่น กุฎี",
        "สั่งซื้อ 12 ชิ้น ราคา ฿1,234.50 ส่งที่ ต.ลำลูกกา",
    ],
)
def test_thai_copies_out_of_a_document_with_its_vowels_and_tone_marks(text: str) -> None:
    assert text in pages_of(sheet(Paragraph(text)))[0]


def test_every_vowel_under_every_tone_mark_reads_as_it_was_written() -> None:
    clusters = [
        consonant + vowel + tone
        for consonant in "กญฐปฝฟฬ"
        for vowel in ("", "ิ", "ี", "ึ", "ื", "ั", "ุ", "ู")
        for tone in ("", "่", "้", "๊", "๋")
    ]
    clusters += [consonant + tone + "ำ" for consonant in "กนปฟ" for tone in ("", "่", "้")]
    text = "\n".join("-".join(clusters[start : start + 20]) for start in range(0, len(clusters), 20))
    copied = pages_of(sheet(Paragraph(text)))[0]
    assert [cluster for cluster in text.split("\n") if cluster not in copied] == []


def test_a_letter_that_the_face_lacks_is_still_copied() -> None:
    assert "中 size 5" in pages_of(sheet(Paragraph("中 size 5")))[0]


def test_lines_end_between_words_and_never_inside_one() -> None:
    words = ["ความ", "เสีย", "หาย", "บริษัท", "มหาชน", "จำกัด", "ลูกค้า", "คลัง", "สินค้า", "น้ำมัน"]
    text = "".join(words)
    ends = {"".join(words[:count]) for count in range(1, len(words) + 1)}
    for room in range(45, 200, 5):
        lines = break_lines(text, BODY, room)
        assert "".join(lines) == text
        assert all(BODY.width(line) <= room for line in lines)
        assert all("".join(lines[:count]) in ends for count in range(1, len(lines) + 1))


def test_a_code_wider_than_its_line_is_cut_and_loses_nothing() -> None:
    code = "SKU" + "0123456789" * 6
    lines = break_lines(code, BODY, 80)
    assert len(lines) > 1
    assert "".join(lines) == code
    assert all(BODY.width(line) <= 80 for line in lines)


def test_the_last_line_is_not_left_with_one_short_word() -> None:
    room = BODY.width("Service policy for wholesale ")
    assert break_lines("Service policy for wholesale use", BODY, room)[1] == "wholesale use"


@pytest.mark.parametrize("language", ["th", "en"])
def test_every_page_says_which_of_how_many_it_is(language: str) -> None:
    pages = pages_of(sheet(LineTable(COLUMNS, order_lines(90)), language=language))
    assert len(pages) == 3
    with speaking(language):
        counts = [gettext("Page %(page)s of %(pages)s", page=page, pages=3) for page in (1, 2, 3)]
    assert [count in page for count, page in zip(counts, pages, strict=True)] == [True] * 3


def test_the_head_of_a_table_is_repeated_on_every_page() -> None:
    pages = pages_of(sheet(LineTable(COLUMNS, order_lines(90))))
    assert all("จำนวนเงิน" in page for page in pages)
    assert sum(page.count("สูตรที่") for page in pages) == 90


def test_later_pages_repeat_the_issuer_and_the_number_in_a_running_head() -> None:
    first, second = pages_of(sheet(Paragraph("หนึ่ง"), PageBreak(), Paragraph("สอง")))
    assert "โทร 02 123 4567" in first
    assert "โทร 02 123 4567" not in second
    assert "ใบยืนยันคำสั่งซื้อ SO-2569-0001" in second
    assert ISSUER.name in second


def test_totals_stay_on_a_page_with_the_last_row() -> None:
    for count in range(25, 40):
        table = LineTable(COLUMNS, order_lines(count))
        pages = pages_of(sheet(table, Totals([("รวม", "1.00"), ("รวมทั้งสิ้น", "9.99")], "เก้าบาท")))
        assert f"สูตรที่ {count}" in pages[-1]
        assert "9.99" in pages[-1]


def test_a_heading_is_never_the_last_thing_on_a_page() -> None:
    pages = paginate([strip(80), strip(15, keep=True), strip(10)], 100, 100)
    assert heights(pages) == [1, 2]


def test_strips_that_no_page_can_hold_together_are_set_one_after_the_other() -> None:
    pages = paginate([strip(60, keep=True), strip(60, keep=True), strip(60)], 100, 100)
    assert heights(pages) == [1, 1, 1]


def test_a_strip_taller_than_a_page_is_set_once_and_the_rest_follows() -> None:
    assert heights(paginate([strip(30), strip(300), strip(30)], 100, 100)) == [1, 1, 1]


def test_a_row_longer_than_a_page_runs_over_to_the_next() -> None:
    long = "\n".join(f"ข้อ {number}" for number in range(1, 90))
    pages = pages_of(sheet(LineTable(COLUMNS, [Row(["1", long, "1", "1.00"])])))
    assert "ข้อ 1\n" in pages[0]
    assert "ข้อ 89" in pages[-1]
    assert len(pages) == 2


def test_a_row_needs_a_cell_for_each_column() -> None:
    with pytest.raises(ValueError, match="3 cells in a table of 4 columns"):
        LineTable(COLUMNS, [Row(["1", "สว่าน", "2"])])


def test_amounts_of_a_column_end_at_the_same_edge() -> None:
    rows = [Row(["1", "สว่าน", "1", "9.50"]), Row(["2", "ค้อน", "1", "1,234,567.89"])]
    document = pypdfium2.PdfDocument(sheet(LineTable(COLUMNS, rows)))
    page = document[0].get_textpage()
    text = page.get_text_range()
    edges = [
        page.get_charbox(text.index(amount) + len(amount) - 1, loose=True)[2] for amount in ("9.50", "567.89")
    ]
    document.close()
    assert edges[0] == pytest.approx(edges[1], abs=0.05)


@pytest.mark.parametrize(
    ("typed", "set_as"),
    [("Broken 😀", "Broken "), ("เสีย 👍🏽❤️", "เสีย "), ("漢 stays a box", "漢 stays a box"), ("5 °C", "5 °C")],
)
def test_pictures_that_the_face_does_not_have_are_left_out_and_letters_stay(typed: str, set_as: str) -> None:
    assert run(typed, Face.REGULAR).codes == set_as


def test_a_note_stands_beneath_its_row() -> None:
    note = "ส่งได้ 12 ชิ้นก่อน อีก 6 ชิ้นรอสินค้าเข้าคลัง"
    page = pages_of(sheet(LineTable(COLUMNS, [Row(["1", "สว่าน", "18", "1.00"], note), *order_lines(2)])))[0]
    assert page.index("สว่าน") < page.index(note) < page.index("สูตรที่ 1")


def test_the_file_says_its_title_issuer_language_and_headings() -> None:
    pdf = sheet(Heading("ระดับการให้บริการ"), Paragraph("ก"), Heading("ข้อยกเว้น", 2), Paragraph("ข"))
    document = pypdfium2.PdfDocument(pdf)
    about = document.get_metadata_dict()
    outline = [entry.get_title() for entry in document.get_toc()]
    document.close()
    assert about["Title"] == "ใบยืนยันคำสั่งซื้อ SO-2569-0001"
    assert about["Author"] == ISSUER.name
    assert about["Subject"] == "คำสั่งซื้อ"
    assert b"/Lang (th)" in pdf
    assert outline == ["ใบยืนยันคำสั่งซื้อ SO-2569-0001", "ระดับการให้บริการ", "ข้อยกเว้น"]


def test_every_kind_of_block_shows_its_texts() -> None:
    page = pages_of(
        sheet(
            Parties([Party("ผู้ซื้อ", "ร้านรุ่งเรือง", ["นนทบุรี 11120"]), Party("ส่งที่", "คลังลำลูกกา")]),
            Facts([("เงื่อนไข", "เครดิต 30 วัน"), ("ผู้สั่ง", "คุณกิ่งแก้ว"), ("เลขที่", "PO-1")]),
            Bullets(["น้ำท่วม", "ท่าเรือปิด"], numbered=True),
            Bars([Bar("ตรงเวลา", 96.2, "96.2 %", target=95)]),
            LineChart(
                ["ม.ค.", "ก.พ."], [Line("ส่งครบ", [91, None]), Line("เป้าหมาย", [95, 95])], [(100, "100 %")]
            ),
            Note("นับวันทำการ", "วิธีนับ"),
            Together([Paragraph("ขอบคุณ"), Signatures([Signature("ผู้รับของ", "ปิ่นมณี กุศล", "วันที่")])]),
        )
    )[0]
    told = "ร้านรุ่งเรือง|นนทบุรี 11120|คลังลำลูกกา|เครดิต 30 วัน|คุณกิ่งแก้ว|PO-1|1.|น้ำท่วม|ท่าเรือปิด|96.2 %|ก.พ.|เป้าหมาย"
    told += "|นับวันทำการ|วิธีนับ|ขอบคุณ|(ปิ่นมณี กุศล)|ผู้รับของ|วันที่"
    assert [text for text in told.split("|") if text not in page] == []


def test_an_empty_table_shows_its_head_only() -> None:
    assert "จำนวนเงิน" in pages_of(sheet(LineTable(COLUMNS, [])))[0]


def test_the_same_texts_give_the_same_bytes_whatever_was_set_before() -> None:
    blocks: list[Block] = [Paragraph("ปี่พาทย์ น้ำผึ้ง กตัญญู"), LineTable(COLUMNS, order_lines(3))]
    once = sheet(*blocks)
    sheet(Paragraph("ฝั่งโน้น ฟื้นฟู ญี่ปุ่น ฐุ"))
    assert sheet(*blocks) == once


def test_another_process_gives_the_same_bytes() -> None:
    code = (
        "import hashlib\n"
        "from tests.portal.test_documents import COLUMNS, order_lines, sheet\n"
        "from portal.documents import LineTable, Paragraph\n"
        "print(hashlib.sha256(sheet(Paragraph('ปี่ น้ำผึ้ง'), LineTable(COLUMNS, order_lines(3)))).hexdigest())"
    )
    there = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    here = sheet(Paragraph("ปี่ น้ำผึ้ง"), LineTable(COLUMNS, order_lines(3)))
    assert there.stdout.strip() == hashlib.sha256(here).hexdigest()


@pytest.mark.parametrize(
    ("satang", "thai", "english"),
    [
        (0, "ศูนย์บาทถ้วน", "Zero baht only"),
        (29, "ยี่สิบเก้าสตางค์", "Twenty-nine satang"),
        (11_11, "สิบเอ็ดบาทสิบเอ็ดสตางค์", "Eleven baht and eleven satang"),
        (21_01, "ยี่สิบเอ็ดบาทหนึ่งสตางค์", "Twenty-one baht and one satang"),
        (101_00, "หนึ่งร้อยเอ็ดบาทถ้วน", "One hundred and one baht only"),
        (121_25, "หนึ่งร้อยยี่สิบเอ็ดบาทยี่สิบห้าสตางค์", "One hundred and twenty-one baht and twenty-five satang"),
        (
            1_234_25,
            "หนึ่งพันสองร้อยสามสิบสี่บาทยี่สิบห้าสตางค์",
            "One thousand, two hundred and thirty-four baht and twenty-five satang",
        ),
        (1_000_001_50, "หนึ่งล้านเอ็ดบาทห้าสิบสตางค์", "One million and one baht and fifty satang"),
        (-5_25, "ติดลบห้าบาทยี่สิบห้าสตางค์", "Minus five baht and twenty-five satang"),
        (-100_00, "ติดลบหนึ่งร้อยบาทถ้วน", "Minus one hundred baht only"),
    ],
)
def test_an_amount_is_written_out_in_words(satang: int, thai: str, english: str) -> None:
    assert amount_in_words_th(satang) == thai
    assert amount_in_words_en(satang) == english
