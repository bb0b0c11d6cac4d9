"""A plan for the people who release it, in every form; one view of it for all of them."""
