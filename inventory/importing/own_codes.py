"""Customers' own codes brought in from spreadsheets: by our people for any company, and by a company for itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import IO, BinaryIO, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import showing
from inventory.assortment import CustomerItem
from inventory.importing.fields import sku
from inventory.importing.spelling import products_meant
from inventory.own_codes import LONGEST_CODE, LONGEST_NAME, MOST_AT_ONCE, OwnCode, put_items
from portal.customers.models import Customer
from portal.i18n import N_, gettext
from portal.importing import cells as parse
from portal.importing.kinds import Booking, Given, ImportKind, Row, Sheet
from portal.importing.mapping import Column, RowReader
from portal.importing.mapping import Mapping as ColumnMapping
from portal.importing.reading import open_table
from portal.importing.source import Limits
from portal.importing.tables import guess
from portal.importing.telling import Told
from portal.refusal import Refused

UPLOAD = Limits(file_bytes=8 << 20, expanded_bytes=64 << 20, rows=MOST_AT_ONCE)
MOST_PROBLEMS = 50
COLUMNS = (
    Column("sku", N_("Product code"), sku, required=True,
        synonyms=("sku", "stock code", "product id", "supplier code", "รหัสสินค้า", "รหัสผู้ขาย")),
    Column("code", N_("Own code"), partial(parse.code, most=LONGEST_CODE), required=True,
        synonyms=("our code", "customer code", "customer item", "item code", "รหัสของเรา", "รหัสลูกค้า")),
    Column("name", N_("Own name"), partial(parse.text, most=LONGEST_NAME),
        synonyms=("our name", "customer name of item", "name", "description", "ชื่อของเรา", "ชื่อสินค้า")),
)  # fmt: skip
CUSTOMER = Column(
    "customer", N_("Customer code"), partial(parse.code, most=32), required=True,
    synonyms=("customer", "customer id", "company", "รหัสบริษัท"),
)  # fmt: skip
_EXAMPLES = (
    {"sku": "SOAP-01", "code": "7001", "name": "สบู่ก้อน (แถวหน้า)"},
    {"sku": "TEA-01", "code": "7002", "name": ""},
)
SHEET = Sheet("codes", N_("Own codes, one row each"), COLUMNS, examples=_EXAMPLES)


@dataclass(frozen=True)
class Problem:
    """Why a row of an upload could not be taken, in the words of who reads it."""

    row: int
    said: str


class Unfit(Refused):
    """An upload with rows that cannot be taken; nothing of it was saved."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(N_("Some rows cannot be taken. Mend them and upload the file again."), field="file")
        self.problems = problems


def read_upload(session: Session, customer: Customer, file: IO[bytes], filename: str) -> dict[int, OwnCode]:
    """What a file says a company calls products (by id). Raises Unfit with every row that cannot be taken, up to fifty.

    Refused when it cannot be read, has not the two columns it needs, or too many rows.
    """
    table = open_table(cast(BinaryIO, file), filename, limits=UPLOAD)
    mapping = ColumnMapping.of(table.headers, guess(table.headers, SHEET))
    for column in mapping.missing(COLUMNS):
        raise Refused(N_("The file has no column “%(column)s”."), field="file", column=gettext(column.title))
    reader = RowReader(mapping, COLUMNS)
    rows, problems = [], []
    for number, cells in table:
        values, faults = reader.read(cells)
        problems += [Problem(number, gettext(fault.message, **fault.params)) for fault in faults[:1]]
        if not faults:
            rows.append((number, values))
        if len(rows) > MOST_AT_ONCE:
            raise Refused(N_("A file holds at most %(most)s rows."), field="file", most=MOST_AT_ONCE)
    products = products_meant(session, {values["sku"] for _, values in rows})
    hidden = showing.hidden_among(session, customer, set(products.values()))
    items: dict[int, OwnCode] = {}
    bearers = _bearers(session, customer, {values["code"] for _, values in rows})
    moved = {products[values["sku"]] for _, values in rows if values["sku"] in products}
    said_of: dict[str, int] = {}
    for number, values in rows:
        id_ = products.get(values["sku"])
        if id_ is None or id_ in hidden:
            said = gettext(N_("There is no product with the code %(code)s."), code=values["sku"])
            problems.append(Problem(number, said))
            continue
        bearer = bearers.get(values["code"], id_)
        if bearer != id_ and bearer not in moved:
            said = gettext(N_("The code %(code)s already stands for another product."), code=values["code"])
            problems.append(Problem(number, said))
            continue
        if said_of.setdefault(values["code"], id_) != id_:
            said = gettext(N_("The code %(code)s stands in the file twice."), code=values["code"])
            problems.append(Problem(number, said))
            continue
        items[id_] = OwnCode(values["code"], values.get("name") or "")
    if problems:
        raise Unfit(sorted(problems, key=lambda one: one.row)[:MOST_PROBLEMS])
    return items


class OwnCodes:
    """Books the rows of one run, company by company."""

    def __init__(self, given: Given) -> None:
        self._given = given

    def take(self, session: Session, sheet: str, rows: Sequence[Row], told: Told) -> None:
        """Book the codes of some rows."""
        good = [row for row in rows if not row.problems]
        for row in rows:
            if row.problems:
                told.reported_cells(row)
        customers = {
            customer.code: customer
            for customer in session.scalars(
                select(Customer).where(Customer.code.in_({row.values["customer"] for row in good}))
            )
        }
        products = products_meant(session, {row.values["sku"] for row in good})
        by_customer: dict[str, list[Row]] = {}
        for row in good:
            if row.values["customer"] not in customers:
                code = row.values["customer"]
                told.reported(row, "customer", N_("There is no customer %(code)s."), code=code)
            elif row.values["sku"] not in products:
                code = row.values["sku"]
                told.reported(row, "sku", N_("There is no product with the code %(code)s."), code=code)
            else:
                by_customer.setdefault(row.values["customer"], []).append(row)
        for code, own in by_customer.items():
            self._take(session, customers[code], own, products, told)

    def finish(self, session: Session, told: Told) -> None:
        """Nothing waits."""

    def _take(
        self,
        session: Session,
        customer: Customer,
        rows: Sequence[Row],
        products: Mapping[str, int],
        told: Told,
    ) -> None:
        known = {
            item.product_id: OwnCode(item.code, item.name)
            for item in session.scalars(select(CustomerItem).where(CustomerItem.customer_id == customer.id))
        }
        bearers = {own.code: id_ for id_, own in known.items()}
        new: dict[int, OwnCode] = {}
        for row in rows:
            id_, before = products[row.values["sku"]], known.get(products[row.values["sku"]])
            name = row.values.get("name")
            own = OwnCode(row.values["code"], (before.name if before else "") if name is None else name)
            if bearers.get(own.code, id_) != id_:
                message = N_("The code %(code)s already stands for another product.")
                told.reported(row, "code", message, code=own.code)
            elif before == own:
                told.unchanged(row)
            else:
                if before is not None:
                    bearers.pop(before.code, None)
                bearers[own.code], known[id_], new[id_] = id_, own, own
                told.booked(row)
        if new:
            put_items(session, customer, new, by=self._given.by, now=self._given.now)


def begin(session: Session, given: Given) -> Booking:
    """Start booking own codes."""
    return OwnCodes(given)


def _bearers(session: Session, customer: Customer, codes: set[str]) -> dict[str, int]:
    query = select(CustomerItem.code, CustomerItem.product_id).where(
        CustomerItem.customer_id == customer.id, CustomerItem.code.in_(codes)
    )
    return dict(session.execute(query).all())


OWN_CODES = ImportKind(
    "own_codes",
    N_("Customers' own codes"),
    N_("What customers call the products: their codes and names, by customer."),
    sheets=(
        replace(
            SHEET,
            columns=(CUSTOMER, *COLUMNS),
            examples=tuple({"customer": "C-001", **row} for row in _EXAMPLES),
        ),
    ),
    options=(),
    begin=begin,
)
