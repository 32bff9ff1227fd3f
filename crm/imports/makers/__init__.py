"""One module a kind of record: from a draft to the rows that are written."""
