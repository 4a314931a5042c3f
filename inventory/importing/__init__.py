"""Catalogue, prices and opening stock brought in from spreadsheets."""
