"""Rows of past orders become orders, credit notes and their lines; what is there already is found, not doubled."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.models import Warehouse
from inventory.siting import WarehouseFacts, put_warehouse
from orders.importing.fields import HEADS
from orders.importing.judging import Line, judge
from orders.importing.papers import Paper, find_papers
from orders.importing.parties import Parties, find_parties, known
from orders.importing.writing import Addition, Writer
from portal.i18n import N_
from portal.importing.kinds import Given, Row
from portal.importing.telling import Told
from portal.money import to_major
from portal.refusal import Refused

_OTHER_DATES = N_(
    "This line is known with other dates of shipping or delivery; past orders are not changed any more."
)


def begin(session: Session, given: Given) -> "PastOrders":
    """Start booking past orders; refused when no warehouse is there that they can have left from."""
    return PastOrders(given, _warehouse(session, given))


class PastOrders:
    """Books the rows of one run.

    A line is known by its document and content, equal lines of a document by their turn: the third of its kind in the
    file is the third in the database. So rows may come in any order, twice, or later with others corrected.
    """

    def __init__(self, given: Given, warehouse_id: int) -> None:
        self._given, self._warehouse_id = given, warehouse_id
        self._headed = HEADS in given.mappings
        self._dated = given.maps("shipped_at") or given.maps("delivered_at")
        self._heads: dict[str, Row] = {}
        self._spoilt: set[str] = set()
        self._told_heads: set[str] = set()
        self._turns: dict[bytes, int] = {}
        self._numbers: set[str] = set()

    def take(self, session: Session, sheet: str, rows: Sequence[Row], told: Told) -> None:
        """Book some rows; those of the table of orders are kept until their lines come."""
        if sheet == HEADS:
            self._keep_heads(rows, told)
            return
        lines = self._judged(rows, told)
        parties = find_parties(session, lines, self._given)
        lines = known(lines, parties, told)
        numbers: tuple[set[str], set[str]] = (set(), set())
        for line in lines:
            numbers[line.credit].add(line.number)
        papers = find_papers(session, *numbers)
        additions = self._added(lines, parties, papers, told)
        Writer(session, self._given, self._warehouse_id, parties).write(additions)

    def finish(self, session: Session, told: Told) -> None:
        """Report the orders of which no line came, or none that could be booked."""
        for number, row in self._heads.items():
            if number in self._told_heads:
                continue
            if number in self._numbers:
                told.reported(row, "order_no", N_("None of the lines of this order could be booked."))
            else:
                told.reported(row, "order_no", N_("The order has no lines."))

    def _keep_heads(self, rows: Sequence[Row], told: Told) -> None:
        for row in rows:
            number = row.values.get("order_no")
            if number in self._heads:
                told.reported(row, "order_no", N_("The order stands in this table twice."))
            elif row.problems:
                told.reported_cells(row)
                if number:
                    self._spoilt.add(number)
            elif number:
                self._heads[number] = row

    def _judged(self, rows: Sequence[Row], told: Told) -> list[Line]:
        lines: list[Line] = []
        for row in rows:
            number = row.values.get("order_no")
            if number and number not in self._numbers:
                self._numbers.add(number)
                told.count("documents")
            if row.problems:
                told.reported_cells(row)
                continue
            head = self._heads.get(str(number)) if self._headed else None
            if self._headed and head is None:
                told.reported(row, "order_no", _headless(spoilt=number in self._spoilt))
                continue
            judged = judge(row, head.values if head else None, self._given)
            if isinstance(judged, Line):
                lines.append(judged)
            else:
                key, message, params = judged
                told.reported(row, key, message, **params)
        return lines

    def _added(
        self,
        lines: Sequence[Line],
        parties: Parties,
        papers: dict[tuple[bool, str], Paper],
        told: Told,
    ) -> list[Addition]:
        additions: list[Addition] = []
        for line in lines:
            customer_id = parties.companies[line.customer]
            place = (line.credit, line.number)
            paper = papers.get(place)
            if paper is None:
                paper = papers[place] = Paper(line.number, line.credit, customer_id, line.currency)
                told.count("credits" if line.credit else "orders")
            complaint = _stranger(line, paper, customer_id)
            if complaint is not None:
                told.reported(line.row, *complaint, number=line.number)
                continue
            content = line.content(parties.products[line.sku].sku)
            key = line.key(content)
            turn = self._turns.get(key, 0)
            self._turns[key] = turn + 1
            booked_as = to_major(-line.net_minor if line.credit else line.net_minor, line.currency)
            travels = paper.contents[content]
            if turn < len(travels):
                if self._dated and not line.credit and travels[turn] != line.travel:
                    told.reported(line.row, "shipped_at", _OTHER_DATES)
                    continue
                told.unchanged(line.row, booked_as)
            else:
                travels.append(line.travel)
                paper.last_n += 1
                additions.append(Addition(line, paper, paper.last_n))
                told.booked(line.row, booked_as)
            self._tell_head(line, told, booked=paper.new)
        return additions

    def _tell_head(self, line: Line, told: Told, *, booked: bool) -> None:
        written = line.row.values["order_no"]
        if self._headed and written not in self._told_heads:
            self._told_heads.add(written)
            (told.booked if booked else told.unchanged)(self._heads[written])


def _stranger(line: Line, paper: Paper, customer_id: int) -> tuple[str, str] | None:
    if paper.ours:
        return "order_no", N_(
            "The number %(number)s is in use here for another document; put a prefix before the numbers."
        )
    if paper.customer_id != customer_id:
        return "customer", N_("The document %(number)s belongs to another company.")
    if paper.currency != line.currency:
        return "currency", N_("The document %(number)s is in another currency.")
    return None


def _headless(*, spoilt: bool) -> str:
    if spoilt:
        return N_("The row of this order in the table of orders could not be used.")
    return N_("This order is not in the table of orders.")


def _warehouse(session: Session, given: Given) -> int:
    code = given.options["warehouse"]
    query = select(Warehouse).order_by(Warehouse.main.desc(), Warehouse.id)
    found = session.scalars(query.where(Warehouse.code == code) if code else query.limit(1)).one_or_none()
    if found is not None:
        return found.id
    if code:
        raise Refused(N_("There is no warehouse %(code)s."), field="warehouse", code=code)
    if not given.options["add"]:
        raise Refused(
            N_("There is no warehouse yet that these orders could have left from."), field="warehouse"
        )
    main = WarehouseFacts(code="MAIN", name_th="คลังหลัก", name_en="Main warehouse", main=True)
    return put_warehouse(session, main, by=given.by, now=given.now).id
