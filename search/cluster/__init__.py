"""Workers on a Ray cluster. Only the bridge, a process of its own, imports Ray."""
