"""Configuration files of desk phones, as their makers' firmware reads them.  Pure."""
