"""Where seminars and advice stand in the navigation: one entry for each audience, with tabs on its pages."""

from policies.permissions import Policies
from portal.accounts.roles import Audience
from portal.feature import NavEntry
from portal.i18n import N_

NAV = (
    NavEntry(N_("Seminars and advice"), "my_seminars.index", "book", Audience.CUSTOMER, order=63),
    NavEntry(
        N_("Seminars and advice"),
        "desk_seminars.index",
        "book",
        Audience.STAFF,
        permission=Policies.READ,
        order=64,
        section=N_("Customers"),
    ),
)
