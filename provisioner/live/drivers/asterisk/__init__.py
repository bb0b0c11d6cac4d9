"""PBX driver."""
