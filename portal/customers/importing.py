"""Companies brought in from spreadsheets: new ones are taken on, known ones brought up to date."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from portal.customers.grouping import LONGEST_CODE, put_into_group
from portal.customers.models import (
    KIND_TITLES,
    TIER_TITLES,
    Customer,
    CustomerGroup,
    CustomerKind,
    Tier,
)
from portal.customers.provinces import provinces
from portal.customers.registering import OF_ADDRESS, OF_COMPANY, Particulars, change, register
from portal.db import lock
from portal.i18n import N_
from portal.importing import cells as parse
from portal.importing.cells import Cell
from portal.importing.kinds import Booking, Given, ImportKind, Option, Row, Sheet
from portal.importing.mapping import Column
from portal.importing.telling import Told
from portal.refusal import Refused

KIND_WORDS = {"retail": "retail", "ค้าปลีก": "retail", "wholesale": "wholesale", "ค้าส่ง": "wholesale"}
TIER_WORDS = {tier.value: tier.value for tier in Tier}
LANGUAGE_WORDS = {"th": "th", "thai": "th", "ไทย": "th", "en": "en", "english": "en", "อังกฤษ": "en"}
THAILAND = frozenset({"th", "tha", "thailand", "ไทย", "ประเทศไทย"})


def country(cell: Cell) -> str:
    """A country by name or code; Thailand in any spelling becomes TH."""
    written = parse.text(cell, most=60)
    return "TH" if written.casefold() in THAILAND else written


def tax_id(cell: Cell) -> str:
    """A tax number; one of 13 digits must have a right check digit."""
    written = parse.code(cell, most=20)
    digits = "".join(letter for letter in written if letter not in " -")
    return parse.thai_tax_id(digits) if digits.isdecimal() and len(digits) == 13 else written


def maybe_email(cell: Cell) -> str | None:
    """An e-mail address; a dash means that there is none."""
    return None if parse.plain(cell) in {"-", "–"} else parse.email(cell)


COLUMNS = (
    Column(
        "code",
        N_("Customer code"),
        partial(parse.code, most=32),
        required=True,
        synonyms=("customer id", "customer no", "customer number", "account", "id", "รหัสลูกค้า", "รหัส"),
    ),
    Column(
        "name",
        N_("Company name"),
        parse.text,
        synonyms=("company name", "customer name", "company", "ชื่อบริษัท", "ชื่อลูกค้า", "ชื่อ"),
        help=N_("Thai or English; used for both where the other is not given."),
    ),
    Column("name_th", N_("Name in Thai"), parse.text, synonyms=("thai name", "ชื่อไทย", "ชื่อภาษาไทย")),
    Column("name_en", N_("Name in English"), parse.text,
        synonyms=("english name", "ชื่ออังกฤษ", "ชื่อภาษาอังกฤษ")),
    Column("kind", N_("Kind of customer"), partial(parse.one_of, choices=KIND_WORDS),
        synonyms=("type", "customer type", "ประเภท", "ประเภทลูกค้า")),
    Column("tier", N_("Service tier"), partial(parse.one_of, choices=TIER_WORDS),
        synonyms=("level", "ระดับ")),
    Column("group", N_("Customer group"), partial(parse.code, most=LONGEST_CODE),
        synonyms=("group code", "customer group", "chain", "กลุ่ม", "กลุ่มลูกค้า", "รหัสกลุ่ม"),
        help=N_("The code of a group that there is; a dash takes the company out of its group.")),
    Column("tax_id", N_("Tax ID"), tax_id,
        synonyms=("tax no", "vat no", "เลขผู้เสียภาษี", "เลขประจำตัวผู้เสียภาษี")),
    Column("branch", N_("Branch"), partial(parse.text, most=60), synonyms=("สาขา",)),
    Column("language", N_("Language"), partial(parse.one_of, choices=LANGUAGE_WORDS), synonyms=("ภาษา",)),
    Column("contact", N_("Contact person"), partial(parse.text, most=120),
        synonyms=("contact name", "ผู้ติดต่อ")),
    Column("phone", N_("Phone"), partial(parse.text, most=40),
        synonyms=("telephone", "tel", "โทรศัพท์", "เบอร์โทร")),
    Column("email", N_("E-mail"), maybe_email, synonyms=("mail", "e mail", "อีเมล")),
    Column("address", N_("Address"), parse.text, synonyms=("address line", "street", "ที่อยู่")),
    Column("city", N_("City or district"), partial(parse.text, most=80),
        synonyms=("city", "district", "อำเภอ", "เขต")),
    Column("province", N_("Province or region"), partial(parse.text, most=80),
        synonyms=("region", "state", "จังหวัด")),
    Column("postcode", N_("Postcode"), partial(parse.code, most=12),
        synonyms=("postal code", "zip", "zip code", "รหัสไปรษณีย์")),
    Column("country", N_("Country"), country, synonyms=("ประเทศ",)),
)  # fmt: skip

OPTIONS = (
    Option("kind", N_("Kind of customer, where the rows do not say"), CustomerKind.WHOLESALE.value,
        choices=tuple(KIND_TITLES.items())),
    Option("tier", N_("Service tier, where the rows do not say"), Tier.STANDARD.value,
        choices=tuple(TIER_TITLES.items())),
    Option("currency", N_("Currency of new customers"), "THB", read=parse.currency),
    Option("language", N_("Language, where the rows do not say"), "th",
        choices=(("th", N_("Thai")), ("en", N_("English")))),
)  # fmt: skip

NO_GROUP = frozenset({"-", "–"})
KEPT = {field.name for field in fields(Particulars)} - {"code", "name_th", "name_en"}


class Companies:
    """Books the rows of one run; an empty cell leaves what is known of the company."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._names = {
            key: place.code
            for place in provinces().values()
            for key in _spellings(place.name_th, place.name_en, place.code)
        }

    def take(self, session: Session, sheet: str, rows: Sequence[Row], told: Told) -> None:
        """Take on or bring up to date the company of each row."""
        codes = {row.values["code"] for row in rows if not row.problems}
        query = select(Customer).where(Customer.code.in_(codes)).options(selectinload(Customer.addresses))
        known = {one.code: one for one in session.scalars(query)}
        groups = self._groups(session, rows)
        moved = [
            known[row.values["code"]].id for row in rows if _in_group(row) and row.values["code"] in known
        ]
        lock(session, Customer, moved)  # all at once, so that nobody waits for the other
        with session.no_autoflush:
            for row in rows:
                if row.problems:
                    told.reported_cells(row)
                    continue
                try:
                    self._book(session, row, known, groups, told)
                except Refused as no:
                    told.reported(row, _column_of(no.field), no.message, **no.params)
        session.flush()

    def finish(self, session: Session, told: Told) -> None:
        """Nothing waits."""

    def _groups(self, session: Session, rows: Sequence[Row]) -> dict[str, CustomerGroup]:
        """The groups that these rows name, by their codes in small letters."""
        codes = {row.values["group"].casefold() for row in rows if _in_group(row)}
        query = select(CustomerGroup).where(func.lower(CustomerGroup.code).in_(codes))
        return {group.code.casefold(): group for group in session.scalars(query)} if codes else {}

    def _book(
        self,
        session: Session,
        row: Row,
        known: dict[str, Customer],
        groups: Mapping[str, CustomerGroup],
        told: Told,
    ) -> None:
        there = known.get(row.values["code"])
        facts = self._facts(row.values, there)
        named = row.values["group"] if _in_group(row) else None
        if named and named not in NO_GROUP and named.casefold() not in groups:
            raise Refused(N_("There is no customer group %(code)s."), field="group", code=named)
        if there is None:
            if not facts.name_th:
                raise Refused(N_("A new company needs a name."), field="name")
            # Nobody has this code: `known` holds every company that the rows of this piece name.
            with session.no_autoflush:
                known[facts.code] = register(session, facts, by=self._given.by, now=self._given.now)
            changed = True
        else:
            changed = change(session, there, facts, by=self._given.by, now=self._given.now)
        if named:
            session.flush()  # a new company is there before it is put anywhere
            group = groups.get(named.casefold())
            by, now = self._given.by, self._given.now
            changed = put_into_group(session, known[facts.code], group, by=by, now=now) or changed
        if changed:
            told.booked(row)
        else:
            told.unchanged(row)

    def _facts(self, values: Mapping[str, Any], there: Customer | None) -> Particulars:
        options = self._given.options
        usual = Particulars(
            code=values["code"], name_th="", name_en="", kind=options["kind"], tier=options["tier"],
            language=options["language"], currency=options["currency"],
        )  # fmt: skip
        facts = usual if there is None else _known_of(there)
        said: dict[str, Any] = {key: values[key] for key in KEPT & values.keys() if values[key] is not None}
        name = values.get("name")
        names = {
            "name_th": values.get("name_th") or (name if name and _is_thai(name) else None),
            "name_en": values.get("name_en") or (name if name and not _is_thai(name) else None),
        }
        said |= {key: one for key, one in names.items() if one}
        said |= self._place(values, said)
        facts = replace(facts, **said)
        return replace(facts, name_th=facts.name_th or facts.name_en, name_en=facts.name_en or facts.name_th)

    def _place(self, values: Mapping[str, Any], said: dict[str, Any]) -> dict[str, Any]:
        place: dict[str, Any] = {}
        region = said.pop("province", None)
        code = self._names.get(region.casefold()) if region else None
        if region and code:
            place["province"] = code
            place.setdefault("country", said.get("country") or "TH")
        parts = [values.get("address"), values.get("city"), region, values.get("postcode")]
        country_said = said.get("country")
        if country_said and country_said != "TH":
            parts.append(country_said)
        line = ", ".join(part for part in parts if part)
        if values.get("address") or values.get("city"):
            place["address_th" if _is_thai(line) else "address_en"] = line[:300]
        return place


def _in_group(row: Row) -> bool:
    """Whether a row says to which group its company belongs, or that it belongs to none."""
    return not row.problems and bool(row.values.get("group"))


def begin(session: Session, given: Given) -> Booking:
    """Start booking companies."""
    return Companies(given)


def check(given: Given) -> None:
    """Refuse a mapping in which nothing names the companies."""
    if not any(given.maps(key) for key in ("name", "name_th", "name_en")):
        raise Refused(N_("Choose the column with the name of the company."), field="customers__name")


CUSTOMERS = ImportKind(
    "customers",
    N_("Customers"),
    N_("Companies with their particulars; known ones are brought up to date."),
    sheets=(
        Sheet(
            "customers",
            N_("Customers, one row each"),
            COLUMNS,
            examples=(
                {
                    "code": "C001", "name_th": "ร้านรุ่งเรือง", "name_en": "Rungrueang Store",
                    "kind": "retail", "tier": "standard", "group": "-",
                    "language": "th", "contact": "คุณสมชาย", "phone": "053-000-001",
                    "email": "shop@example.com",
                    "address": "12 ถนนเจริญเมือง", "city": "เมือง", "province": "เชียงใหม่",
                    "postcode": "50000", "country": "ไทย",
                },
                {
                    "code": "C002", "name_en": "Andaman Wholesale Co., Ltd.", "kind": "wholesale",
                    "tier": "gold", "language": "en",
                    "address": "9 Thepkasattri Road", "city": "Mueang", "province": "Phuket",
                    "postcode": "83000", "country": "Thailand",
                },
            ),
        ),
    ),
    options=OPTIONS,
    begin=begin,
    check=check,
)  # fmt: skip


def _known_of(customer: Customer) -> Particulars:
    values = {name: getattr(customer, name) for name in OF_COMPANY}
    address = customer.ship_to
    if address is not None:
        values |= {name: getattr(address, column) for name, column in OF_ADDRESS.items()}
    return Particulars(**values)


def _column_of(field: str | None) -> str:
    return field if field in {column.key for column in COLUMNS} else ""


def _spellings(name_th: str, name_en: str, code: str) -> set[str]:
    return {
        name_th.casefold(),
        f"จังหวัด{name_th}",
        f"จ.{name_th}",
        name_en.casefold(),
        f"{name_en} province".casefold(),
        code.casefold(),
    }


def _is_thai(text: str) -> bool:
    return any("\u0e00" <= letter <= "\u0e7f" for letter in text)
