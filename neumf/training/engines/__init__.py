"""What takes the training steps: the fused CPU engine and PyTorch."""
