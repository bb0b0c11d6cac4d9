"""Drivers that come with the package: a PBX and a desk that need nothing else installed."""
