"""What people read on a merge request: one comment, one issue, counts."""
