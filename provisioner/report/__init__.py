"""Plans, diagnostics and tables as text for people and programs.  Pure."""
