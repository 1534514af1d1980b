"""NeuMF: the model, its negatives, its training and how it is measured."""
