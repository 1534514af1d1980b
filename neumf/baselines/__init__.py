"""What NeuMF has to beat: popularity, item-kNN, EASE^R and iALS, tuned like it on validation."""
