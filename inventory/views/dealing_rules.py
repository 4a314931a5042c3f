"""Staff page of the rule by which scarce goods are dealt: what holds, what held before, and publishing the next."""

from datetime import date, datetime, timedelta

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import DateField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, Regexp

from inventory import dealing_rules
from inventory.permissions import Inventory
from inventory.turns import KEY_TITLES, Key, said
from portal import clock
from portal.clock import at
from portal.db import transaction
from portal.i18n import N_, gettext
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done
from portal.web.forms import Form, choices
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("dealing_rules", __name__, url_prefix="/desk/dealing-rule", template_folder="../templates")
NONE = {"": N_("Nothing more")}
ONE_DAY = timedelta(days=1)


class RuleForm(Form):
    """The keys in their order, from when on, and why; `seen` is the edition that was looked at."""

    first = SelectField(N_("Decides first"), validators=[InputRequired()])
    second = SelectField(N_("Then"), validators=[Optional()])
    third = SelectField(N_("Then as the last"), validators=[Optional()])
    valid_from = DateField(N_("In force from"), validators=[Optional()])
    reason = StringField(N_("Reason"), validators=[InputRequired(), Length(max=300)])
    seen = HiddenField(validators=[InputRequired(), Regexp(r"^[0-9]{1,6}$")])

    def __init__(self, *args: object, **given: object) -> None:
        super().__init__(*args, **given)
        self.first.choices = choices(KEY_TITLES)
        self.second.choices = self.third.choices = choices(NONE | KEY_TITLES)

    @property
    def keys(self) -> list[Key]:
        """The keys that are named, in their order."""
        named = (self.first.data, self.second.data, self.third.data)
        return [Key(one) for one in named if one]


@bp.get("")
@staff(Inventory.VIEW)
def show() -> str:
    """The rule in force and all that were published, with who, when and why."""
    return _page(_blank())


@bp.post("")
@staff(Inventory.RULE)
def publish() -> ResponseReturnValue:
    """Publish another rule."""
    form, now = RuleForm(), clock.now()
    if form.validate():
        try:
            with transaction(db()):
                dealing_rules.publish(
                    db(),
                    form.keys,
                    form.reason.data or "",
                    _start(form.valid_from.data, clock.business_day(now)),
                    seen=int(form.seen.data or 0),
                    by=me(),
                    now=now,
                )
            flash_done(N_("The rule is published."))
            return redirect(url_for(".show"), 303)
        except Refused as no:
            form.refuse(no)
    return _page(form), 422


def _blank() -> RuleForm:
    keys = dealing_rules.keys_in_force(db(), clock.now())
    named = dict(zip(("first", "second", "third"), keys, strict=False))
    given = {name: str(key) for name, key in named.items()}
    return RuleForm(formdata=None, data={**given, "seen": str(dealing_rules.latest_edition(db()))})


def _start(day: date | None, today: date) -> datetime | None:
    """The beginning of a day to come; a rule for today holds at once. Of days that have passed one is as bad as all."""
    return None if day is None or day == today else at(max(day, today - ONE_DAY))


def _page(form: RuleForm) -> str:
    now = clock.now()
    rule = dealing_rules.rule_in_force(db(), now)
    found = dealing_rules.published(db(), **places())
    return render_template(
        "inventory/staff/dealing_rule.html",
        form=form,
        rule=rule,
        sentence=said(dealing_rules.keys_of(rule)),
        rows=found.rows,
        replaced=dealing_rules.replaced(db(), found.rows),
        page=links(found, ".show"),
        titles={key: gettext(title) for key, title in KEY_TITLES.items()},
        may_publish=may(me(), Inventory.RULE),
        now=now,
    )
