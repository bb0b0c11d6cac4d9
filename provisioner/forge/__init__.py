"""GitHub and GitLab, as far as a review needs them: one Protocol, two clients, one transport."""
