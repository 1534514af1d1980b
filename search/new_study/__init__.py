"""``search.init``: from a data file to a study sized to it."""
