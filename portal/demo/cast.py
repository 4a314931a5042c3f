"""The people and companies of the demo, which every room's part of it refers to."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib.resources import files

from sqlalchemy.orm import Session

from portal.accounts.inviting import add_user
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.accounts.signing_in import hash_password
from portal.customers.models import Customer, Tier
from portal.customers.registering import Particulars, register

PASSWORD = "sanya-demo-2026"  # noqa: S105 - shown on the sign-in page of every demo, and only there
HISTORY = timedelta(days=730)


@dataclass
class Cast:
    """Who plays in the demo, and on which day."""

    today: date
    now: datetime
    vat_rate_bp: int
    admin: User
    managers: list[User]
    staff: list[User]
    customers: dict[str, Customer]
    buyers: dict[str, list[User]] = field(default_factory=dict)

    @property
    def began(self) -> datetime:
        """When the distributor began to use the portal."""
        return self.now - HISTORY - timedelta(days=1)


def gather(session: Session, today: date, now: datetime, vat_rate_bp: int) -> Cast:
    """The distributor's people, sixty companies and their buyers, on board since before the history begins."""
    began = now - HISTORY - timedelta(days=1)
    people = list(rows("portal.demo", "people.csv"))
    password = hash_password(PASSWORD)
    own: dict[Role, list[User]] = {Role.ADMIN: [], Role.MANAGER: [], Role.STAFF: []}
    for person in people:
        if not person["company"]:
            own[Role(person["role"])].append(
                _person(session, person, Role(person["role"]), None, password, began)
            )
    cast = Cast(today, now, vat_rate_bp, own[Role.ADMIN][0], own[Role.MANAGER], own[Role.STAFF], {})
    for company in rows("portal.demo", "companies.csv"):
        customer = register(session, _particulars(company), by=cast.admin, now=began)
        session.flush()
        cast.customers[customer.code] = customer
        buyers = [person for person in people if person["company"] == customer.code] or [_contact(company)]
        cast.buyers[customer.code] = [
            _person(session, b, Role.BUYER, customer, password, began) for b in buyers
        ]
    session.flush()
    return cast


def rows(package: str, name: str) -> Iterator[dict[str, str]]:
    """The rows of a data file that lies in a package."""
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def _person(
    session: Session,
    facts: dict[str, str],
    role: Role,
    customer: Customer | None,
    password: str,
    began: datetime,
) -> User:
    name = facts["name_th"] if facts["language"] == "th" else facts["name_en"]
    language = facts["language"]
    user = add_user(
        session,
        facts["email"],
        name=name,
        role=role,
        customer=customer,
        language=language,
        by=None,
        now=began,
    )
    user.password_hash = password
    return user


def _contact(company: dict[str, str]) -> dict[str, str]:
    return {
        "name_th": company["contact_th"],
        "name_en": company["contact_en"],
        "email": company["email"],
        "language": company["language"],
    }


CLASS_OF_TIER = {Tier.GOLD: 3, Tier.SILVER: 4, Tier.STANDARD: 5}


def _particulars(row: dict[str, str]) -> Particulars:
    bangkok = row["province"] == "TH-10"
    place_th = ("แขวง", "เขต", "") if bangkok else ("ตำบล", "อำเภอ", "จังหวัด")
    return Particulars(
        code=row["code"],
        name_th=row["name_th"],
        name_en=row["name_en"],
        kind=row["kind"],
        tier=row["tier"],
        allocation_class=CLASS_OF_TIER[Tier(row["tier"])],
        tax_id=row["tax_id"],
        branch=row["branch"],
        language=row["language"],
        phone=row["phone"],
        email=row["email"],
        contact=row["contact_th"] if row["language"] == "th" else row["contact_en"],
        address_th=f"{row['address_th']} {place_th[0]}{row['subdistrict_th']} {place_th[1]}{row['district_th']} "
        f"{place_th[2]}{row['province_th']} {row['postcode']}",
        address_en=f"{row['address_en']}, {row['subdistrict_en']}, {row['district_en']}, "
        f"{row['province_en']} {row['postcode']}",
        province=row["province"],
        postcode=row["postcode"],
    )
