"""The use cases: what a person or a program does with a workspace and its live systems."""
