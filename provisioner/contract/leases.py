"""For how long a customer is held, and so how long one call to a live system may take."""

LEASE_SECONDS, RENEW_SECONDS = 120, 20
"""A lease is renewed before a call when it is older than the second."""
CALL_SECONDS = LEASE_SECONDS - RENEW_SECONDS
"""So long a call may take at most: it must never outlive the lease under which it writes."""
