"""The work list of the operator's staff in every form."""
