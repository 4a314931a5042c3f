"""Pages of the rule book, by audience."""
