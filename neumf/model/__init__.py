"""NeuMF: its architecture, its parameters and its PyTorch module."""
