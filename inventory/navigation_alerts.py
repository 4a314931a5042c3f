"""Where alerts stand in the navigation, and the watch over them."""

from datetime import timedelta

from inventory.alerting import watch_alerts
from inventory.permissions import Inventory
from portal.accounts.roles import Audience
from portal.feature import Job, NavEntry
from portal.i18n import N_

NAV = (
    NavEntry(
        N_("Stock alerts"),
        "alerts.board",
        "bell",
        Audience.STAFF,
        Inventory.VIEW,
        order=28,
        section=N_("Stock"),
    ),
)
JOBS = (
    Job(
        "inventory.watch_alerts",
        N_("Stock alerts"),
        timedelta(minutes=15),
        watch_alerts,
        N_(
            "Begins and ends alerts of what is out, low, expiring or too much, and mails what is new once a day; "
            "counts alerts and digests."
        ),
    ),
)
