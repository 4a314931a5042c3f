"""What is known of the installation as a whole, such as that it holds demo data."""

from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.db import Base

DEMO = "demo"


class InstallationFact(Base):
    """A fact about this database, and since when it is true."""

    __tablename__ = "installation_fact"
    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    since: Mapped[datetime]


def is_demo(session: Session) -> bool:
    """Whether this database holds demo data, whose passwords everybody knows."""
    return session.scalar(select(InstallationFact.since).where(InstallationFact.name == DEMO)) is not None


def mark_demo(session: Session, *, now: datetime) -> None:
    """Put on record, for good, that this database holds demo data."""
    session.add(InstallationFact(name=DEMO, since=now))
