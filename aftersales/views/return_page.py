"""The page of one return as the desk sees it, with a form for each act that can come next."""

from flask import render_template
from flask.typing import ResponseReturnValue

from aftersales.calling_back import recalls_behind
from aftersales.models import (
    DISPOSITION_TITLES,
    OPEN_RETURNS,
    REASON_TITLES,
    REMEDY_TITLES,
    RETURN_TITLES,
    Disposition,
    Return,
    ReturnState,
)
from aftersales.permissions import Aftersales, ProductNotices
from aftersales.return_steps import creditable, inspected, numbers_to_inspect, to_inspect
from aftersales.return_story import desk_headline, story
from aftersales.views.return_forms import (
    AuthoriseForm,
    RefuseForm,
    inspect_form,
    receive_form,
    settle_form,
)
from aftersales.windows import windows_of
from policies.units import Matter
from policies.views.asking import answering
from portal.i18n import LANGUAGES
from portal.web.access import may
from portal.web.forms import Form
from portal.web.session import db, me


def return_page_of(
    found: Return, *, status: int = 200, acting: dict[str, Form] | None = None
) -> ResponseReturnValue:
    """The page of a return; a form that was refused is shown again as it was typed.

    When the act it was for is no longer possible, the page says why on top.
    """
    forms = _forms(found) if may(me(), Aftersales.RECORD) else {}
    said: list[str] = []
    for name, form in (acting or {}).items():
        if name in forms:
            forms[name] = form
        else:
            said += form.form_errors
    page = render_template(
        "aftersales/staff/return.html",
        found=found,
        titles=RETURN_TITLES,
        reasons=REASON_TITLES,
        remedies=REMEDY_TITLES,
        dispositions=DISPOSITION_TITLES,
        ways=list(Disposition),
        to_inspect={line.id: (to_inspect(line), numbers_to_inspect(line)) for line in found.lines},
        headline=desk_headline(found),
        entries=story(db(), found, me()),
        windows=windows_of(db(), found.order) if found.state == ReturnState.REQUESTED else {},
        forms=forms,
        said=said,
        to_credit=sum(creditable(found).values()),
        languages=LANGUAGES,
        recalls=recalls_behind(db(), found) if may(me(), ProductNotices.VIEW) else [],
        has_paper=found.return_by is not None,
        **answering(Matter.RETURN, found.number),
    )
    return page, status


def _forms(found: Return) -> dict[str, Form]:
    """The forms of the acts that can come next, empty."""
    forms: dict[str, Form] = {}
    if found.state == ReturnState.REQUESTED:
        forms = {"authorise": AuthoriseForm(formdata=None), "refuse": RefuseForm(formdata=None)}
    elif found.state == ReturnState.AUTHORISED:
        forms = {"receive": receive_form(found, empty=True)}
    elif found.state == ReturnState.RECEIVED and not inspected(found):
        forms = {"inspect": inspect_form(found, empty=True)}
    elif found.state == ReturnState.RECEIVED:
        forms = {"settle": settle_form(found, empty=True)}
    if found.state in OPEN_RETURNS:
        forms["cancel"] = Form(formdata=None)
    return forms
