"""The demo house: the customer companies and people that a new demo database starts with."""
