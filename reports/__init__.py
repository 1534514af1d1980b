"""Pages drawn from stored results: numbers first, drawing second."""
