"""One training run: negatives, the loop, early stopping, and the engines that take the steps."""
