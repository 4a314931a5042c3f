"""People are added, invited to choose a password, and helped when they forgot it."""

import hashlib
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import audit, outbox
from portal.accounts.models import User
from portal.accounts.roles import CUSTOMER_ROLES, Role
from portal.accounts.signing_in import end_all_sign_ins, hash_password
from portal.customers.models import Customer
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused

LEAST_PASSWORD = 10
MOST_PASSWORD = 128
MOST_EMAIL = 254
MOST_NAME = 120
EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?"
)
"""What every mail server takes: plain ASCII, one @, a dot in the domain."""

LINK_LASTS = timedelta(days=3)
TOO_COMMON = frozenset({"password12", "1234567890", "qwertyuiop", "0123456789", "passw0rd123", "iloveyou12"})


class Verb(StrEnum):
    """Acts on accounts, for the audit trail."""

    ADDED = "account.added"
    INVITED = "account.invited"
    PASSWORD_SET = "account.password_set"  # noqa: S105 - a verb, not a password
    PASSWORD_FORGOTTEN = "account.password_forgotten"  # noqa: S105 - a verb, not a password
    DEACTIVATED = "account.deactivated"
    REACTIVATED = "account.reactivated"


def add_user(
    session: Session,
    email: str,
    *,
    name: str,
    role: Role,
    customer: Customer | None = None,
    language: str = "th",
    by: User | None,
    now: datetime,
) -> User:
    """A new person without a password; refuses an e-mail that is none or in use, and a buyer without a company."""
    email, name = email.strip().lower(), name.strip()
    _refuse_unusable(email, name)
    taken = Refused(N_("Somebody already uses the e-mail address %(email)s."), field="email", email=email)
    if session.scalar(select(User.id).where(User.email == email)):
        raise taken
    if (role in CUSTOMER_ROLES) != (customer is not None):
        raise Refused(
            N_("A buyer belongs to a company; the distributor's own people belong to none."), field="role"
        )
    user = User(
        email=email,
        name=name,
        role=role,
        customer_id=customer.id if customer else None,
        language=language,
        created_at=now,
    )
    session.add(user)
    try:
        session.flush()  # two people may add the same address at once; the second hears it here
    except IntegrityError:
        raise taken from None
    audit.record(session, Verb.ADDED, "user", email, by=by, now=now, after={"role": role})
    return user


def invite(
    session: Session, user: User, secret_key: str, base_url: str, *, by: User | None, now: datetime
) -> None:
    """Send a person the link under which they choose their password; refuses somebody who was shut out."""
    if not user.active:
        raise Refused(N_("%(name)s is deactivated; let them in again first."), name=user.name)
    outbox.post(
        session,
        user,
        "portal/notices/invitation.txt",
        {"name": user.name, "link": f"{base_url}/set-password/{link_token(user, secret_key, now=now)}"},
        key=f"invitation:{user.id}:{now:%Y%m%d%H%M%S}",
        private=True,
        now=now,
    )
    audit.record(session, Verb.INVITED, "user", user.email, by=by, now=now)


def forget_password(session: Session, email: str, secret_key: str, base_url: str, *, now: datetime) -> None:
    """Send the link for a new password if the address is known; the asker learns nothing either way."""
    user = session.scalars(select(User).where(User.email == email.strip().lower(), User.active)).one_or_none()
    if user is None:
        return
    outbox.post(
        session,
        user,
        "portal/notices/password_forgotten.txt",
        {"name": user.name, "link": f"{base_url}/set-password/{link_token(user, secret_key, now=now)}"},
        key=f"password:{user.id}:{now:%Y%m%d%H%M}",
        private=True,
        now=now,
    )
    audit.record(session, Verb.PASSWORD_FORGOTTEN, "user", user.email, by=None, now=now)


def link_token(user: User, secret_key: str, *, now: datetime) -> str:
    """A signed token that lets its bearer set this person's password once, for three days."""
    return str(
        _serializer(secret_key).dumps([user.id, _fingerprint(user), int((now + LINK_LASTS).timestamp())])
    )


def user_for_link(session: Session, token: str, secret_key: str, *, now: datetime) -> User | None:
    """The person a password link was made for, unless it is forged, too old or already used."""
    try:
        user_id, fingerprint, ends = _serializer(secret_key).loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    user = session.get(User, user_id)
    if user is None or not user.active or now > datetime.fromtimestamp(ends, UTC):
        return None
    return user if _fingerprint(user) == fingerprint else None


def choose_password(session: Session, token: str, password: str, secret_key: str, *, now: datetime) -> User:
    """Set the password of the person a link was made for; of two people using one link at once, one is refused."""
    user = user_for_link(session, token, secret_key, now=now)
    if user is not None:
        lock(session, User, [user.id])
        user = user_for_link(session, token, secret_key, now=now)
    if user is None:
        raise Refused(N_("This link has been used or is too old. Ask for a new one."))
    set_password(session, user, password, now=now)
    return user


def set_password(session: Session, user: User, password: str, *, now: datetime) -> None:
    """Give a person a new password and end every sign-in made with the old one; refuses a weak password."""
    refuse_weak(password, user.email)
    user.password_hash = hash_password(password)
    user.failed_sign_ins, user.locked_until = 0, None
    end_all_sign_ins(session, user, now=now)
    audit.record(session, Verb.PASSWORD_SET, "user", user.email, by=user, now=now)


def deactivate(session: Session, user: User, *, by: User, now: datetime) -> None:
    """Shut a person out from now on; refuses to shut oneself out."""
    if user.id == by.id:
        raise Refused(N_("You cannot deactivate your own account."))
    if not user.active:
        return
    user.active = False
    end_all_sign_ins(session, user, now=now)
    audit.record(session, Verb.DEACTIVATED, "user", user.email, by=by, now=now)


def reactivate(session: Session, user: User, *, by: User, now: datetime) -> None:
    """Let a person in again."""
    if user.active:
        return
    user.active = True
    audit.record(session, Verb.REACTIVATED, "user", user.email, by=by, now=now)


def refuse_weak(password: str, email: str) -> None:
    """Refuse a password that is short, well known, or simply the person's address."""
    if len(password) < LEAST_PASSWORD:
        raise Refused(N_("Use at least %(least)s characters."), field="password", least=LEAST_PASSWORD)
    if len(password) > MOST_PASSWORD:
        raise Refused(N_("Use at most %(most)s characters."), field="password", most=MOST_PASSWORD)
    plain = password.lower()
    if (
        plain in TOO_COMMON
        or len(set(plain)) < 4
        or plain in email
        or email.split("@", maxsplit=1)[0] == plain
    ):
        raise Refused(N_("This password is too easy to guess."), field="password")


def _refuse_unusable(email: str, name: str) -> None:
    """Refuse what could not stand in the head of an e-mail, so that every notice can be sent."""
    if len(email) > MOST_EMAIL or not EMAIL.fullmatch(email):
        raise Refused(N_("Give an e-mail address such as name@company.co.th."), field="email")
    if not 0 < len(name) <= MOST_NAME or any(
        unicodedata.category(sign) in {"Cc", "Zl", "Zp"} for sign in name
    ):
        raise Refused(
            N_("Give the person's name on one line, with at most %(most)s characters."),
            field="name",
            most=MOST_NAME,
        )


def _serializer(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt="set-password")


def _fingerprint(user: User) -> str:
    """Changes with every password, so that a link works once, and gives nothing of the password's hash away."""
    return hashlib.sha256((user.password_hash or "none").encode()).hexdigest()[:24]
