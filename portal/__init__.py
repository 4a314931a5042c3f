"""The house: the foundation every room stands on, and the root that puts house and rooms together."""
