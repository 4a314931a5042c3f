"""People of the tests: made through the use-cases, signed in through the page."""

from datetime import datetime
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts import inviting, signing_in
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.customers.models import Customer
from portal.customers.registering import Particulars, register

PASSWORD = "correct horse battery"
HASHED = signing_in.hash_password(PASSWORD)


def make_customer(session: Session, code: str, *, now: datetime, **facts: Any) -> Customer:
    """A wholesale company in Bangkok."""
    usual: dict[str, Any] = {
        "name_th": f"บริษัท {code} จำกัด",
        "name_en": f"{code} Co., Ltd.",
        "kind": "wholesale",
        "province": "TH-10",
    }
    usual |= {"address_th": "1 ถนนสุขุมวิท กรุงเทพฯ 10110", "address_en": "1 Sukhumvit Road, Bangkok 10110"}
    customer = register(session, Particulars(code=code, **(usual | facts)), by=None, now=now)
    session.flush()
    return customer


def make_user(
    session: Session,
    role: Role,
    *,
    customer: Customer | None = None,
    now: datetime,
    email: str = "",
    language: str = "en",
) -> User:
    """A person of this role who can sign in with the tests' password."""
    email = email or f"{role}{f'-{customer.code}'.lower() if customer else ''}@example.com"
    name = email.split("@", maxsplit=1)[0].title()
    user = inviting.add_user(
        session, email, name=name, role=role, customer=customer, language=language, by=None, now=now
    )
    user.password_hash = HASHED  # hashing anew for each person would take most of the suite's time
    session.flush()
    return user


def sign_in(client: FlaskClient, user: User) -> None:
    """Sign a person in through the sign-in page."""
    answer = client.post("/sign-in", data={"email": user.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.text
