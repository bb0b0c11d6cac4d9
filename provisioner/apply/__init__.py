"""Carrying out a plan: executor, journal, leases.  The only room that writes."""
