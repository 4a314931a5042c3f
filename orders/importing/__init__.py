"""Past orders and credits brought in from spreadsheets: what a row means, and how documents grow from rows."""
