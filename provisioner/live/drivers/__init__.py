"""Drivers that come with the package; others are found by entry point."""
