"""What this room offers the house."""

from aftersales import demo
from aftersales.panels import returns_panel
from aftersales.permissions import GRANTS, Aftersales
from aftersales.returning import Verb
from aftersales.views import customer, staff
from portal.accounts.roles import Audience
from portal.feature import Feature, NavEntry
from portal.i18n import N_

FEATURE = Feature(
    "aftersales",
    blueprints=(customer.bp, staff.bp),
    nav=(
        NavEntry(N_("Returns"), "my_returns.returns", "return", Audience.CUSTOMER, order=45),
        NavEntry(N_("Returns"), "desk_returns.returns", "return", Audience.STAFF, Aftersales.VIEW, order=45),
    ),
    grants=GRANTS,
    customer_panels=(returns_panel,),
    demo=demo.load,
    verbs={Verb.TAKEN_BACK: N_("Goods taken back")},
    subjects={"return": N_("Return")},
)
