"""How a document is set on paper: shaped Thai type, lines broken between words, strips stacked into pages."""
