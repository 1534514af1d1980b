"""Studies on a PostgreSQL server, which a team shares."""
