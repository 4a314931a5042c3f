"""Customer groups: companies that are served alike are put together, and a policy can be written for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import audit
from portal.accounts.models import User
from portal.customers.models import Customer, CustomerGroup
from portal.db import lock
from portal.i18n import N_
from portal.keyset import Keyset, keyset
from portal.refusal import Refused, Unknown

LONGEST_CODE, LONGEST_NAME = 32, 200
MOST_GROUPS = 500


class Verb(StrEnum):
    """Acts on customer groups, for the audit trail."""

    FORMED = "customer_group.formed"
    RENAMED = "customer_group.renamed"
    JOINED = "customer.group_changed"


@dataclass(frozen=True)
class GroupRow:
    """A group and how many companies are in it."""

    group: CustomerGroup
    companies: int


def form_group(
    session: Session, code: str, name_th: str, name_en: str, *, by: User, now: datetime
) -> CustomerGroup:
    """A new group without companies; refused without a name, and for a code that is taken."""
    code = code.strip()
    if not code:
        raise Refused(N_("Give the group a code."), field="code")
    names = _names(name_th, name_en)
    if find_group(session, code) is not None:
        raise Refused(N_("The group code %(code)s is already in use."), field="code", code=code)
    group = CustomerGroup(code=code[:LONGEST_CODE], **names)
    session.add(group)
    audit.record(session, Verb.FORMED, "customer_group", group.code, by=by, now=now, after=names)
    return group


def rename_group(
    session: Session, group: CustomerGroup, name_th: str, name_en: str, *, by: User, now: datetime
) -> bool:
    """Give a group other names; says whether anything changed. Refused without a name."""
    names = _names(name_th, name_en)
    before = {"name_th": group.name_th, "name_en": group.name_en}
    if names == before:
        return False
    group.name_th, group.name_en = names["name_th"], names["name_en"]
    audit.record(
        session, Verb.RENAMED, "customer_group", group.code, by=by, now=now, before=before, after=names
    )
    return True


def put_into_group(
    session: Session, customer: Customer, group: CustomerGroup | None, *, by: User | None, now: datetime
) -> bool:
    """Put a company into a group, or take it out of the one it is in; says whether anything changed.

    From then on the policy of the group holds for it; what was promised before stays as it was.
    """
    (found,) = lock(session, Customer, [customer.id])
    if found.group_id == (group.id if group else None):
        return False
    before = {"group": found.group.code if found.group else None}
    found.group = group
    after = {"group": group.code if group else None}
    audit.record(session, Verb.JOINED, "customer", found.code, by=by, now=now, before=before, after=after)
    return True


def find_group(session: Session, code: str) -> CustomerGroup | None:
    """The group with this code, if there is one."""
    return session.scalars(select(CustomerGroup).where(CustomerGroup.code == code.strip())).one_or_none()


def get_group(session: Session, code: str) -> CustomerGroup:
    """The group with this code; raises Unknown when there is none."""
    group = find_group(session, code)
    if group is None:
        raise Unknown(f"no customer group {code!r}")
    return group


def all_groups(session: Session) -> Sequence[CustomerGroup]:
    """Groups by code, for choosing one; the first of very many."""
    return session.scalars(select(CustomerGroup).order_by(CustomerGroup.code).limit(MOST_GROUPS)).all()


def group_page(
    session: Session, *, older_than: int | None = None, newer_than: int | None = None
) -> Keyset[GroupRow]:
    """A page of groups with how many companies are in each, the newest first."""
    companies = select(func.count(Customer.id)).where(Customer.group_id == CustomerGroup.id).scalar_subquery()
    found = keyset(
        session,
        select(CustomerGroup, companies),
        CustomerGroup.id,
        older_than=older_than,
        newer_than=newer_than,
    )
    return found.made(lambda row: GroupRow(row[0], row[1]))


def companies_of(
    session: Session,
    group: CustomerGroup,
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[Customer]:
    """A page of the companies in a group, the newest first."""
    query = select(Customer).where(Customer.group_id == group.id)
    return keyset(session, query, Customer.id, older_than=older_than, newer_than=newer_than)


def _names(name_th: str, name_en: str) -> dict[str, str]:
    name_th, name_en = name_th.strip()[:LONGEST_NAME], name_en.strip()[:LONGEST_NAME]
    if not name_th and not name_en:
        raise Refused(N_("Give the group a name in at least one language."), field="name_th")
    return {"name_th": name_th or name_en, "name_en": name_en or name_th}
