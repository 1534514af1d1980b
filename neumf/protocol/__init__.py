"""From interactions to what is trained and measured: split, candidates, problem."""
