"""The difference between desired and live: steps, digest, policy, cost.  Pure."""
