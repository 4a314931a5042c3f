"""A manager writes a notice about some lots or serials of a product, and changes it until it is issued."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from aftersales.recalls import NoticeIdentity, NoticeKind, NoticeState, ProductNotice
from inventory.identities import Identity
from inventory.models import Product
from inventory.tracing import identities_named, tidy
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_
from portal.numbering import next_number
from portal.refusal import Refused
from portal.typed import required

MOST_IDENTITIES = 100_000
MOST_NAMED = 10
"""How many unknown numbers are named in one refusal."""

_RANGE = re.compile(r"^(?P<first>\S+)\s*(?:–|—|\.\.|\s-\s)\s*(?P<last>\S+)$")
_DIGITS = re.compile(r"^(.*?)(\d+)$")


class Verb(StrEnum):
    """Acts on product notices, for the audit trail."""

    DRAFTED = "product_notice.drafted"
    CHANGED = "product_notice.changed"
    DISCARDED = "product_notice.discarded"
    ISSUED = "product_notice.issued"
    ACKNOWLEDGED = "product_notice.acknowledged"
    CLOSED = "product_notice.closed"
    HELD = "product_notice.held"
    REACHED = "product_notice.reached"


@dataclass(frozen=True)
class NoticeTexts:
    """What a notice says, in both languages: its title, the risk, and what the customer is to do."""

    title_th: str
    title_en: str
    risk_th: str
    risk_en: str
    action_th: str
    action_en: str


@dataclass(frozen=True)
class Span:
    """Numbers from a first to a last one that differ only in the digits at their end."""

    first: str
    last: str
    prefix: str

    def holds(self, number: str) -> bool:
        """Whether a number lies within."""
        return (
            len(number) == len(self.first)
            and number.startswith(self.prefix)
            and number[len(self.prefix) :].isdigit()
            and self.first <= number <= self.last
        )


def draft(
    session: Session,
    kind: NoticeKind,
    product: Product,
    numbers: str,
    texts: NoticeTexts,
    *,
    by: User,
    now: datetime,
) -> ProductNotice:
    """Write down a notice; nobody is told yet.

    `numbers` names lots and serials one a line, or ranges as `first – last`. Refused at that field when one is not
    known for the product, and at its own field when a text is missing.
    """
    told, affected = _checked(texts), _named(session, product, numbers)
    notice = ProductNotice(
        number=next_number(session, "PN", business_day(now)),
        kind=kind,
        product_id=product.id,
        state=NoticeState.DRAFT,
        drafted_at=now,
        drafted_by_id=by.id,
        **vars(told),
    )
    session.add(notice)
    session.flush()  # the affected units refer to it
    _name_affected(session, notice, affected)
    facts = {"kind": kind, "sku": product.sku, "identities": len(affected)}
    audit.record(session, Verb.DRAFTED, "product_notice", notice.number, by=by, now=now, after=facts)
    return notice


def change(
    session: Session,
    notice: ProductNotice,
    kind: NoticeKind,
    numbers: str,
    texts: NoticeTexts,
    *,
    by: User,
    now: datetime,
) -> None:
    """Write a draft anew, all of it; who changes it counts as its drafter. Refused once it was issued."""
    told = _checked(texts)
    fresh = draft_of(session, notice)
    affected = _named(session, fresh.product, numbers)
    before = {"kind": fresh.kind, "title_en": fresh.title_en}
    fresh.kind, fresh.drafted_by_id = kind, by.id
    for name, text in vars(told).items():
        setattr(fresh, name, text)
    _forget_affected(session, fresh)
    _name_affected(session, fresh, affected)
    facts = {"kind": kind, "title_en": told.title_en, "identities": len(affected)}
    audit.record(
        session, Verb.CHANGED, "product_notice", fresh.number, by=by, now=now, before=before, after=facts
    )


def discard(session: Session, notice: ProductNotice, *, by: User, now: datetime) -> None:
    """Throw a draft away; refused once it was issued."""
    fresh = draft_of(session, notice)
    _forget_affected(session, fresh)
    audit.record(session, Verb.DISCARDED, "product_notice", fresh.number, by=by, now=now)
    session.delete(fresh)


def draft_of(session: Session, notice: ProductNotice) -> ProductNotice:
    """The notice, locked and read anew, if it is still a draft; else refused."""
    (fresh,) = lock(session, ProductNotice, [notice.id]) or (None,)
    if fresh is None or fresh.state != NoticeState.DRAFT:
        raise Refused(N_("This notice is no longer a draft."))
    return fresh


def read_numbers(text: str) -> tuple[list[str], list[Span]]:
    """The numbers and the ranges that were typed, one a line; refused at the field when a range makes no sense."""
    numbers: list[str] = []
    spans: list[Span] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        match = _RANGE.match(line)
        if match is None:
            numbers.append(tidy(line))
        else:
            spans.append(_span(line, tidy(match["first"]), tidy(match["last"])))
    return numbers, spans


def as_typed(identities: Sequence[Identity]) -> str:
    """Numbers as they are typed into the field, one a line."""
    return "\n".join(one.number for one in identities)


def _span(line: str, first: str, last: str) -> Span:
    ends = [_DIGITS.match(number) for number in (first, last)]
    common = 0
    while common < min(len(first), len(last)) and first[common] == last[common]:
        common += 1
    prefix = first[:common]
    rest = (first[common:], last[common:])
    if (
        not all(ends)
        or len(first) != len(last)
        or first > last
        or not all(part.isdigit() or not part for part in rest)
    ):
        raise Refused(
            N_(
                "“%(line)s” is no range: its numbers must be equally long and differ only in the digits at their end."
            ),
            field="numbers",
            line=line,
        )
    return Span(first, last, prefix)


def _named(session: Session, product: Product, text: str) -> list[int]:
    """The ids of the lots and serials that were typed."""
    numbers, spans = read_numbers(text)
    if not numbers and not spans:
        raise Refused(N_("Name the affected lots or serials, one a line."), field="numbers")
    known = identities_named(session, product.id, numbers)
    unknown = [number for number in dict.fromkeys(numbers) if number not in known]
    found = {one.id for one in known.values()}
    for span in spans:
        query = select(Identity.id, Identity.number).where(
            Identity.product_id == product.id,
            Identity.number.between(span.first, span.last),
            func.length(Identity.number) == len(span.first),
        )
        within = [row.id for row in session.execute(query) if span.holds(row.number)]
        if not within:
            unknown.append(f"{span.first} – {span.last}")
        found |= set(within)
    if unknown:
        raise Refused(
            N_("Of %(sku)s we know no such numbers: %(numbers)s."),
            field="numbers",
            sku=product.sku,
            numbers=", ".join(unknown[:MOST_NAMED]) + (" …" if len(unknown) > MOST_NAMED else ""),
        )
    if len(found) > MOST_IDENTITIES:
        raise Refused(N_("A notice names at most %(most)s numbers."), field="numbers", most=MOST_IDENTITIES)
    return sorted(found)


def _checked(texts: NoticeTexts) -> NoticeTexts:
    most = {"title": 200, "risk": 4000, "action": 4000}
    return NoticeTexts(
        **{
            name.name: required(
                getattr(texts, name.name),
                name.name,
                N_("Write this text; customers read it in their language."),
                most[name.name.partition("_")[0]],
            )
            for name in fields(texts)
        }
    )


def _name_affected(session: Session, notice: ProductNotice, identity_ids: Sequence[int]) -> None:
    rows = [{"notice_id": notice.id, "identity_id": id_} for id_ in identity_ids]
    session.execute(insert(NoticeIdentity), rows)
    session.expire(notice, ["affected"])


def _forget_affected(session: Session, notice: ProductNotice) -> None:
    session.execute(delete(NoticeIdentity).where(NoticeIdentity.notice_id == notice.id))
