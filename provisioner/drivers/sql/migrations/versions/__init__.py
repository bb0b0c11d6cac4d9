"""One file for each version of the tables; the first one had no way to it."""
