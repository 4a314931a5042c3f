"""The demo goods: catalogue, warehouses, areas served and suppliers that a new demo database starts with."""
