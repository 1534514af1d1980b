"""Worker processes: what is said to them, what they do, and the pool that keeps them."""
