"""Lists of all companies narrowed to one: the company that an address asks for."""

from flask import abort, request

from portal.customers.finding import get_company
from portal.customers.models import Customer
from portal.refusal import Unknown
from portal.web.session import db


def company_asked(name: str = "company") -> Customer | None:
    """The company that the address names by its code as `name`, if any; 404 when there is no such company."""
    code = request.args.get(name, "").strip()[:40]
    if not code:
        return None
    try:
        return get_company(db(), code)
    except Unknown:
        abort(404)
