"""Where the life of a lot or serial is told, when a room of this house tells it."""

from flask import current_app, url_for

from inventory.identities import Identity

PAGE = "desk_serials.one"


def life_url(identity: Identity) -> str | None:
    """The address of the page of a lot or serial; None where the house has no such page."""
    if PAGE not in current_app.view_functions:
        return None
    return url_for(PAGE, sku=identity.product.sku, serial=identity.number)
