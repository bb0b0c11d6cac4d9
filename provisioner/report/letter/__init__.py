"""The letter of authority for a port: what it says, and how it is set."""
