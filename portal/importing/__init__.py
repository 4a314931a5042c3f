"""Other people's spreadsheets brought in: tables, columns and cells read, runs carried out, every row accounted for.

Knows no web and no room's nouns; rooms declare their kinds (`kinds`) and book the rows themselves. Reading (`reading`,
`mapping`, `cells`, `outcomes`) knows no session either.
"""
