"""What a Ray cluster costs beside workers of this machine: the same study on both, in turns."""
