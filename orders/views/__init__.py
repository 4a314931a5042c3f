"""Pages of the orders room: for buyers, for the desk, for managers."""
