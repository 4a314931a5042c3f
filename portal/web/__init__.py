"""The web edge of the house: sessions, who may enter, forms, pages."""
