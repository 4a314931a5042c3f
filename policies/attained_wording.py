"""What each figure of attainment counts, printed under it: base date, window, level, and the rule for open cases."""

from datetime import datetime, timedelta

from policies.attaining import Attained
from policies.clause_wording import place_text, promise_sentence, settlement_sentence, tolerated_time
from policies.kinds import KINDS, Kind
from policies.terms import clause_of
from portal.feature import Rate
from portal.i18n import N_, _, day_text, name_of

BASE = N_(
    "A case counts in the month of its due time as last agreed; the date first promised stays on record."
)
OPEN_CASES = N_(
    "Open cases are neither kept nor missed yet: they are cases, but not in the share. Exempt cases never are, and "
    "withdrawn promises are no cases."
)
PARTS = N_("An order delivered in parts has a promise for each part.")


def window_text(since: datetime, until: datetime) -> str:
    """The days from the first to the last that a figure covers."""
    return _(
        "Due from %(first)s to %(last)s.",
        first=day_text(since, weekday=False),
        last=day_text(until - timedelta(seconds=1), weekday=False),
    )


def definition(kind: Kind, since: datetime, until: datetime) -> list[str]:
    """What the figure of a kind of promise counts, sentence by sentence."""
    told = [_(KINDS[kind].definition), window_text(since, until), _(BASE)]
    return [*told, *([_(PARTS)] if kind is Kind.LEAD_TIME else []), _(OPEN_CASES)]


def rate_definition(rate: Rate, since: datetime, until: datetime) -> list[str]:
    """What a rate counts, sentence by sentence."""
    window = _(
        "Done from %(first)s to %(last)s.",
        first=day_text(since, weekday=False),
        last=day_text(until - timedelta(seconds=1), weekday=False),
    )
    return [_(KINDS[Kind(rate.kind)].definition), window, _(rate.base)]


def source_text(attained: Attained) -> str:
    """The version by which the promises of a clause are judged, for ever."""
    level = attained.level or attained.settles
    if level is None:
        if attained.kind is Kind.LEAD_TIME:
            return _("brought in with past orders, without a policy")
        return _("no standard of a policy stands behind these")
    version = level.version
    return _("%(policy)s, version %(number)s", policy=name_of(version.policy), number=version.number)


def level_text(attained: Attained) -> str:
    """What the clause promises, where, and how much later is judged as kept; empty for promises brought in."""
    if attained.settles is not None:
        clause = clause_of(attained.settles)
        return f"{_(KINDS[clause.kind].title)}: {settlement_sentence(clause)}"
    if attained.level is None:
        return ""
    clause = clause_of(attained.level)
    place = place_text(clause)
    said = f"{promise_sentence(clause)} ({place})" if place else promise_sentence(clause)
    if not clause.tolerance:
        return said
    return f"{said} {_('Tolerance: %(time)s.', time=tolerated_time(clause))}"
