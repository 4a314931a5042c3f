"""Past orders as a kind of import."""

from orders.importing.booking import begin
from orders.importing.fields import LINES_SHEET, OPTIONS, ORDERS_SHEET
from orders.importing.judging import check, worth
from portal.i18n import N_
from portal.importing.kinds import ImportKind

PAST_ORDERS = ImportKind(
    "orders",
    N_("Past orders"),
    N_(
        "Orders and credits of earlier years: one flat file of lines, or a table of orders with a table of lines."
    ),
    sheets=(ORDERS_SHEET, LINES_SHEET),
    options=OPTIONS,
    begin=begin,
    check=check,
    worth=worth,
    counted={"documents": N_("Documents"), "orders": N_("New orders"), "credits": N_("New credit notes")},
)
