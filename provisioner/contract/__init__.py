"""Live systems: what they hold, the two Protocols, reading, drivers."""
