"""The command `provision`: arguments in, exit code out."""
