"""What a missed promise is worth: worked out from its service level, and told in sentences that show the sum."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from policies.clause_wording import share_text
from policies.clocks import WorkingDays
from policies.kinds import Convention
from policies.models import ServiceLevel
from portal.i18n import _, day_text, money_text, ngettext
from portal.money import BASIS_POINTS, half_up


@dataclass(frozen=True)
class WorkedOut:
    """An amount of compensation and everything it was worked out from; amounts are minor units of `currency`.

    Each day late is worth `share_bp_per_day` of the net amount, or the fixed `minor_per_day`; `cap_minor` is the most
    that could be paid.
    """

    amount_minor: int
    days_late: int
    due_on: date
    done_on: date
    convention: Convention
    net_minor: int
    share_bp_per_day: int
    share_bp_cap: int
    minor_per_day: int
    cap_minor: int
    currency: str

    def as_facts(self) -> dict[str, Any]:
        """The sum as it is kept on record."""
        return asdict(self) | {
            "due_on": self.due_on.isoformat(),
            "done_on": self.done_on.isoformat(),
            "convention": str(self.convention),
        }


@dataclass(frozen=True)
class LateSettlement:
    """A second compensation, of minor units of `currency`, because the first, `of_no`, was not credited in time."""

    amount_minor: int
    currency: str
    of_no: str
    due_on: date
    settle_days: int

    def as_facts(self) -> dict[str, Any]:
        """The sum as it is kept on record."""
        return asdict(self) | {"due_on": self.due_on.isoformat()}


def late_settlement(level: ServiceLevel, of_no: str, due_on: date) -> LateSettlement | None:
    """What it is worth that a compensation was not credited by its due day, by the level that it was owed under.

    A fixed amount of THB, once, however late it is. None when the level promises nothing for it.
    """
    if level.settle_days is None or not level.late_settlement_minor:
        return None
    return LateSettlement(level.late_settlement_minor, "THB", of_no, due_on, level.settle_days)


def worked_out(
    level: ServiceLevel,
    net_minor: int,
    due_on: date,
    done_on: date,
    days: WorkingDays,
    *,
    currency: str = "THB",
    late_at_all: bool = False,
) -> WorkedOut | None:
    """What it is worth that something due on one day was done on another, for a net amount in minor units.

    For each day late a share of the net amount, or a fixed amount of THB, at most the cap; rounded half-up once. What
    is promised in working minutes may be `late_at_all` on its due day, which counts as one working day. None when it
    was done in time, or when the level promises no compensation.
    """
    counting = Convention(level.convention or Convention.WORKING)
    late = max(days_late(due_on, done_on, counting, days), int(late_at_all))
    if late == 0 or not (level.compensation_bp_per_day or level.compensation_minor_per_day):
        return None
    if level.compensation_minor_per_day:
        currency = "THB"
        full, cap = level.compensation_minor_per_day * late, level.compensation_cap_minor
    else:
        full = _share(net_minor, level.compensation_bp_per_day * late)
        cap = _share(net_minor, level.compensation_cap_bp)
    return WorkedOut(
        min(full, cap),
        late,
        due_on,
        done_on,
        counting,
        net_minor,
        level.compensation_bp_per_day,
        level.compensation_cap_bp,
        level.compensation_minor_per_day,
        cap,
        currency,
    )


def days_late(due_on: date, done_on: date, convention: str | None, days: WorkingDays) -> int:
    """How many days after its due day something was done, counted as its standard counts; 0 when in time.

    Where working days count, a day on which we are closed counts as the next working day.
    """
    if done_on <= due_on:
        return 0
    if convention != Convention.WORKING:
        return (done_on - due_on).days
    last = days.first_from(done_on)
    return sum(days.works(due_on + timedelta(days=n)) for n in range(1, (last - due_on).days + 1))


def sentences(facts: Mapping[str, Any]) -> list[str]:
    """The sum in plain sentences of the language being spoken, from what `as_facts` kept."""
    if "settle_days" in facts:
        return _late_sentences(facts)
    due_on, done_on = (date.fromisoformat(facts[name]) for name in ("due_on", "done_on"))
    late, currency = facts["days_late"], facts["currency"]
    if facts["convention"] == Convention.WORKING:
        counted = ngettext("%(num)s working day late", "%(num)s working days late", late)
    else:
        counted = ngettext("%(num)s day late", "%(num)s days late", late)
    told = [
        _(
            "Promised for %(due)s, done on %(done)s: %(late)s.",
            due=day_text(due_on),
            done=day_text(done_on),
            late=counted,
        )
    ]
    if facts["minor_per_day"]:
        each = _("%(amount)s for each day", amount=money_text(facts["minor_per_day"], currency))
    else:
        each = _(
            "%(share)s of %(net)s for each day",
            share=share_text(facts["share_bp_per_day"]),
            net=money_text(facts["net_minor"], currency),
        )
    told.append(_("%(each)s, at most %(cap)s.", each=each, cap=money_text(facts["cap_minor"], currency)))
    told.append(_("That makes %(amount)s.", amount=money_text(facts["amount_minor"], currency)))
    return told


def _late_sentences(facts: Mapping[str, Any]) -> list[str]:
    days = facts["settle_days"]
    return [
        ngettext(
            "Compensation %(number)s was to be credited within %(num)s working day, by %(due)s.",
            "Compensation %(number)s was to be credited within %(num)s working days, by %(due)s.",
            days,
            number=facts["of_no"],
            due=day_text(date.fromisoformat(facts["due_on"])),
        ),
        _("It was not, which the policy makes worth a fixed amount."),
        _("That makes %(amount)s.", amount=money_text(facts["amount_minor"], facts["currency"])),
    ]


def _share(net_minor: int, basis_points: int) -> int:
    return int(half_up(Decimal(net_minor) * basis_points / BASIS_POINTS))
