"""Findings in every form: for people, for editors, for CI."""
