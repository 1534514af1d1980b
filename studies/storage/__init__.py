"""Where studies are kept: the database, its lock, and the names of what is stored."""
