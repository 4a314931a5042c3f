"""Tables of when people work: the week of each place with its hours, and the days on which nobody does."""

from datetime import date, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import Base


class BusinessCalendar(Base):
    """The working week of a place; `week` has one digit a day from Monday, 1 for a working day.

    The one with the code `main` is the distributor's own. Another holds for the place that its code names, such as a
    warehouse or the carriers; days that the main one has as public holidays are closed there too unless
    `works_on_holidays`.
    """

    __tablename__ = "business_calendar"
    __table_args__ = (CheckConstraint("length(week) = 7 AND week <> '0000000'", name="week"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    week: Mapped[str] = mapped_column(String(7), default="1111100")
    name_th: Mapped[str] = mapped_column(String(120), default="", server_default="")
    name_en: Mapped[str] = mapped_column(String(120), default="", server_default="")
    cut_off: Mapped[time | None]
    works_on_holidays: Mapped[bool] = mapped_column(default=False, server_default=false())

    blocks: Mapped[list["CalendarBlock"]] = relationship(
        back_populates="calendar", order_by="(CalendarBlock.weekday, CalendarBlock.opens)"
    )
    closures: Mapped[list["Closure"]] = relationship(back_populates="calendar", order_by="Closure.day")


class CalendarBlock(Base):
    """Hours in which a place works on a weekday (0 for Monday); a day may have several that do not overlap."""

    __tablename__ = "calendar_block"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("opens < closes", name="hours"),
        Index("uq_calendar_block_start", "calendar_id", "weekday", "opens", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    calendar_id: Mapped[int] = mapped_column(ForeignKey("business_calendar.id"))
    weekday: Mapped[int]
    opens: Mapped[time]
    closes: Mapped[time]

    calendar: Mapped[BusinessCalendar] = relationship(back_populates="blocks")


class Closure(Base):
    """A day on which nobody works although the week says so: a public holiday or a closure of our own."""

    __tablename__ = "calendar_closure"
    __table_args__ = (Index("uq_calendar_closure_day", "calendar_id", "day", unique=True),)
    id: Mapped[int] = mapped_column(primary_key=True)
    calendar_id: Mapped[int] = mapped_column(ForeignKey("business_calendar.id"))
    day: Mapped[date]
    name_th: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    public_holiday: Mapped[bool] = mapped_column(default=True)
    declared_on: Mapped[date]

    calendar: Mapped[BusinessCalendar] = relationship(back_populates="closures")
