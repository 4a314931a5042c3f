"""How two versions of a policy differ, clause by clause, in words and figures of the language being spoken."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from policies.case_wording import return_sentence
from policies.clause_wording import (
    counted_time,
    exemption_sentence,
    place_text,
    promise_sentence,
    settlement_sentence,
    share_text,
    tolerated_time,
    worth_text,
)
from policies.kinds import CONVENTION_TITLES, EVERY_TITLES, KINDS, RATE_KINDS, Kind
from policies.terms import Clause, Terms
from portal.i18n import N_, _


class Change(StrEnum):
    """What became of a clause from one version to another."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"
    SAME = "same"


CHANGE_TITLES = {
    Change.NEW: N_("New"),
    Change.GONE: N_("No longer promised"),
    Change.CHANGED: N_("Changed"),
    Change.SAME: N_("Unchanged"),
}


@dataclass(frozen=True)
class Figure:
    """One fact of a clause in both versions, empty where it does not say it."""

    title: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether the two say something different."""
        return self.before != self.after


@dataclass(frozen=True)
class Difference:
    """A clause in both versions: what became of it, its promise in words before and after, and its figures."""

    title: str
    place: str
    change: Change
    before: str
    after: str
    figures: tuple[Figure, ...] = ()

    @property
    def change_title(self) -> str:
        """What became of the clause, in words."""
        return CHANGE_TITLES[self.change]


def compare(old: Terms, new: Terms) -> list[Difference]:
    """Every clause of two versions with what became of it, in the order in which a policy is read."""
    found = [_of_clause(kind, *pair) for kind in Kind for pair in _pairs(old.of(kind), new.of(kind))]
    said: list[tuple[str, Callable[[Terms], str]]] = [
        (_("Returns"), lambda t: "" if t.return_days is None else return_sentence(t.return_days)),
        (_("Reports"), _reports),
        (_("Introduction in Thai"), lambda t: t.intro_th),
        (_("Introduction in English"), lambda t: t.intro_en),
    ]
    for title, words in said:
        before, after = words(old), words(new)
        if before or after:
            found.append(Difference(title, "", _change(before, after), before, after))
    return found


def _pairs(old: tuple[Clause, ...], new: tuple[Clause, ...]) -> list[tuple[Clause | None, Clause | None]]:
    """The clauses of a kind side by side: those of the same provinces, then the others as they come."""
    by_place = {clause.provinces: clause for clause in old}
    pairs: list[tuple[Clause | None, Clause | None]] = []
    moved = [clause for clause in new if clause.provinces not in by_place]
    kept = {clause.provinces for clause in new}
    left = [clause for clause in old if clause.provinces not in kept]
    pairs += [(by_place[clause.provinces], clause) for clause in new if clause.provinces in by_place]
    while moved or left:
        pairs.append((left.pop(0) if left else None, moved.pop(0) if moved else None))
    return pairs


def _of_clause(kind: Kind, old: Clause | None, new: Clause | None) -> Difference:
    change = Change.NEW if old is None else Change.GONE if new is None else Change.CHANGED
    if old == new:
        change = Change.SAME
    shown = new or old
    figures = [
        Figure(_(title), words(old) if old else "", words(new) if new else "")
        for title, words in _FIGURES.items()
    ]
    return Difference(
        _(KINDS[kind].title),
        place_text(shown) if shown else "",
        change,
        promise_sentence(old) if old else "",
        promise_sentence(new) if new else "",
        tuple(figure for figure in figures if figure.before or figure.after),
    )


def _change(before: str, after: str) -> Change:
    if before == after:
        return Change.SAME
    if not before:
        return Change.NEW
    return Change.CHANGED if after else Change.GONE


def _counting(clause: Clause) -> str:
    return "" if clause.days is None else _(CONVENTION_TITLES[clause.convention])


def _reports(terms: Terms) -> str:
    if terms.report_every is None:
        return ""
    to = [*terms.report_to, *([_("each customer about their own")] if terms.report_to_customers else [])]
    return _("%(every)s to %(readers)s", every=_(EVERY_TITLES[terms.report_every]), readers=", ".join(to))


_FIGURES: dict[str, Callable[[Clause], str]] = {
    N_("Within"): counted_time,
    N_("Counted as"): _counting,
    N_("Judged as kept when later by"): tolerated_time,
    N_("Cut-off time"): lambda clause: f"{clause.cut_off:%H:%M}" if clause.cut_off else "",
    N_("Target"): lambda clause: share_text(clause.target_bp),
    N_("May be missing"): lambda clause: (
        share_text(clause.fill_tolerance_bp) if clause.fill_tolerance_bp else ""
    ),
    N_("Where"): lambda clause: place_text(clause) or _("everywhere"),
    N_("Compensation"): lambda clause: "" if clause.kind in RATE_KINDS else worth_text(clause) or _("none"),
    N_("Compensation credited within"): settlement_sentence,
    N_("Excused"): exemption_sentence,
    N_("Target judged"): lambda clause: _(EVERY_TITLES[clause.review_every]),
}
