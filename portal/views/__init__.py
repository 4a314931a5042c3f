"""Pages of the house itself, for people of the distributor."""
