"""The demo is loaded into an empty database: all of it in one transaction, through the use-cases people use."""

import gc
import time
from collections.abc import Iterable

import click
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from config import Settings
from portal import clock, outbox
from portal.accounts.models import User
from portal.accounts.roles import ROLE_TITLES, Role
from portal.db import make_engine, make_sessions, transaction
from portal.demo.cast import PASSWORD, gather
from portal.feature import Feature
from portal.i18n import N_
from portal.installation import is_demo, mark_demo
from portal.refusal import Refused

SHOWN = {Role.BUYER: 2, Role.STAFF: 1, Role.MANAGER: 1, Role.ADMIN: 1}


def load_if_empty(settings: Settings, rooms: Iterable[Feature]) -> bool:
    """Load the demo unless somebody already has an account; says whether it was loaded.

    Killed midway it leaves nothing, and the next start begins anew.
    """
    engine = make_engine(settings.database_url)
    with make_sessions(engine)() as session:
        if session.scalar(select(User.id).limit(1)) is not None:
            if not is_demo(session):
                raise Refused(N_("This database holds real accounts: the demo is not loaded into it."))
            return False
        began = time.monotonic()
        gc.disable()  # nearly all that is made here stays in use, and looking for what does not takes its time
        try:
            with transaction(session):
                load(session, settings, rooms)
        finally:
            gc.enable()
        click.echo(f"  demo data ready after {time.monotonic() - began:.0f} s")
    engine.dispose()
    return True


def load(session: Session, settings: Settings, rooms: Iterable[Feature]) -> None:
    """The whole demo as of now, room by room from the lowest."""
    now = clock.now()
    click.echo("  making the demo: people and companies")
    cast = gather(session, clock.business_day(now), now, settings.vat_rate_bp)
    for room in rooms:
        if room.demo is not None:
            click.echo(f"  making the demo: {room.name}")
            room.demo(session, cast)
            session.flush()
    _forget_old_mail(session)
    mark_demo(session, now=now)


def accounts(session: Session) -> list[dict[str, str]]:
    """A few accounts to look around with, for the sign-in page of the demo."""
    found = []
    for role, count in SHOWN.items():
        query = select(User).where(User.role == role, User.active).order_by(User.id).limit(count)
        found += [
            {"role": ROLE_TITLES[role], "name": user.name, "email": user.email, "password": PASSWORD}
            for user in session.scalars(query)
        ]
    return found


def accounts_text(settings: Settings) -> str:
    """The same accounts for the terminal."""
    with make_sessions(make_engine(settings.database_url))() as session:
        lines = [f"    {one['role']:14} {one['email']:32} {one['password']}" for one in accounts(session)]
    return "\n".join(["", "  Demo accounts:", *lines])


def _forget_old_mail(session: Session) -> None:
    """History's notices were mailed in their day; only those of the last days are still unread in the portal."""
    session.flush()
    notice = outbox.Notice
    session.execute(update(notice).values(mail_state=outbox.MailState.SENT, sent_at=notice.created_at))
    session.execute(update(notice).where(notice.private).values(facts={}))
    old = clock.now() - outbox.FRESH
    session.execute(update(notice).where(notice.created_at < old).values(read_at=notice.created_at))
