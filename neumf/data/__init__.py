"""Where interactions come from: MovieLens by name, a person's own file, or NCF's triple."""
