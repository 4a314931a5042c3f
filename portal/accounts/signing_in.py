"""A person signs in, stays signed in, and signs out."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session, defer
from sqlalchemy.orm.attributes import set_committed_value

from portal import audit
from portal.accounts.models import SignIn, User
from portal.customers.models import Customer
from portal.db import transaction

FAILURES_ALLOWED = 8
LOCKED_FOR = timedelta(minutes=15)
IDLE_LIMIT = timedelta(hours=12)
ABSOLUTE_LIMIT = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=5)
KEEP_SIGN_INS = timedelta(days=90)

_hasher = PasswordHasher()
_DECOY = _hasher.hash(secrets.token_urlsafe(16))


_SIGN_IN = (
    select(User, Customer, SignIn.created_at, SignIn.seen_at, SignIn.ended_at)
    .join(SignIn, SignIn.user_id == User.id)
    .outerjoin(Customer, Customer.id == User.customer_id)
    .where(SignIn.token_hash == bindparam("token_hash"))
    .options(defer(User.password_hash))
)
"""Asked with every request, so it reads no more than a page needs."""


class Arrival(NamedTuple):
    """A person and when they were last seen before."""

    user: User
    seen_at: datetime


class Verb(StrEnum):
    """Acts of signing in, for the audit trail."""

    SIGNED_IN = "account.signed_in"
    SIGN_IN_FAILED = "account.sign_in_failed"
    LOCKED = "account.locked"
    SIGNED_OUT = "account.signed_out"


def hash_password(password: str) -> str:
    """The argon2id hash that is kept instead of the password."""
    return _hasher.hash(password)


@dataclass(frozen=True)
class Proof:
    """What a password proved, and against which hash."""

    email: str
    right: bool
    against: str | None
    anew: str | None = None
    """The hash to be kept from now on, where the old one was made with weaker settings."""


def prove(session: Session, email: str, password: str) -> Proof:
    """Whether e-mail and password belong together; slow on purpose, so the edge calls it before the transaction.

    The answer takes as long for an unknown e-mail as for a wrong password, so that guessing on teaches nothing.
    """
    email = email.strip().lower()
    against = session.scalar(select(User.password_hash).where(User.email == email, User.active))
    right = _matches(against or _DECOY, password) and against is not None
    anew = hash_password(password) if right and against and _hasher.check_needs_rehash(against) else None
    return Proof(email, right, against, anew)


def sign_in(session: Session, proof: Proof, *, now: datetime) -> str | None:
    """The token of a new sign-in, or None when nothing was proven or the account rests.

    A failure is counted, and after eight in a row the account rests for a quarter of an hour. Nobody is told whether
    the e-mail is unknown, the password wrong or the account resting.
    """
    user = session.scalars(
        select(User)
        .where(User.email == proof.email)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if user is None or (user.locked_until and user.locked_until > now):
        return None
    if not proof.right:
        _count_failure(session, user, now)
        return None
    if not user.active or user.password_hash != proof.against:  # changed since it was proven
        return None
    user.failed_sign_ins, user.locked_until = 0, None
    user.password_hash = proof.anew or user.password_hash
    audit.record(session, Verb.SIGNED_IN, "user", user.email, by=user, now=now)
    return open_sign_in(session, user, now=now)


def open_sign_in(session: Session, user: User, *, now: datetime) -> str:
    """A fresh sign-in for a person whose identity is proven; the token goes to the browser and nowhere else."""
    token = secrets.token_urlsafe(32)
    session.add(SignIn(token_hash=_hash(token), user=user, created_at=now, seen_at=now))
    return token


def find_signed_in(session: Session, token: str, *, now: datetime) -> User | None:
    """The person behind a token, while their sign-in is open."""
    found = find_sign_in(session, token, now=now)
    return found.user if found else None


def find_sign_in(session: Session, token: str, *, now: datetime) -> Arrival | None:
    """Who stands behind a token, unless it was ended, is idle or open too long, or the account is not active."""
    found = session.execute(_SIGN_IN, {"token_hash": _hash(token)}).one_or_none()
    if found is None:
        return None
    user, customer, created_at, seen_at, ended_at = found
    set_committed_value(user, "customer", customer)
    if ended_at is not None or not user.active:
        return None
    if now - seen_at > IDLE_LIMIT or now - created_at > ABSOLUTE_LIMIT:
        return None
    return Arrival(user, seen_at)


def is_stale(found: Arrival, *, now: datetime) -> bool:
    """Whether it is time to note again that a sign-in is in use."""
    return now - found.seen_at > SEEN_EVERY


def touch(session: Session, token: str, *, now: datetime) -> None:
    """Note that a sign-in is in use; writes at most once in five minutes."""
    session.execute(
        update(SignIn)
        .where(SignIn.token_hash == _hash(token), SignIn.seen_at < now - SEEN_EVERY)
        .values(seen_at=now)
        .execution_options(synchronize_session=False)
    )


def sign_out(session: Session, token: str, *, by: User, now: datetime) -> None:
    """End one sign-in; its token is worth nothing from now on."""
    session.execute(update(SignIn).where(SignIn.token_hash == _hash(token)).values(ended_at=now))
    audit.record(session, Verb.SIGNED_OUT, "user", by.email, by=by, now=now)


def end_all_sign_ins(session: Session, user: User, *, now: datetime) -> None:
    """End every open sign-in of a person, as after a change of password."""
    session.execute(
        update(SignIn).where(SignIn.user_id == user.id, SignIn.ended_at.is_(None)).values(ended_at=now)
    )


def forget_old_sign_ins(session: Session, now: datetime) -> int:
    """Drop sign-ins that were opened more than 90 days ago; they ended long before."""
    with transaction(session):
        old = delete(SignIn).where(SignIn.created_at < now - KEEP_SIGN_INS)
        return int(session.execute(old).rowcount)  # type: ignore[attr-defined]


def _count_failure(session: Session, user: User, now: datetime) -> None:
    user.failed_sign_ins += 1
    verb = Verb.SIGN_IN_FAILED
    if user.failed_sign_ins >= FAILURES_ALLOWED:
        user.failed_sign_ins, user.locked_until, verb = 0, now + LOCKED_FOR, Verb.LOCKED
    audit.record(session, verb, "user", user.email, by=None, now=now)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except VerifyMismatchError:
        return False


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
