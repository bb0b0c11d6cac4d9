"""Whether a merge request releases a customer: what was shown, and who approved it."""
