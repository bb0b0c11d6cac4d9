"""The published schemas, with what editors show of them."""
