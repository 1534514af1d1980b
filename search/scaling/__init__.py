"""How far a search goes: the real coordinator, with simulated workers on a clock of its own."""
