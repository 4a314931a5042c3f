"""Customer companies, which every room refers to."""
