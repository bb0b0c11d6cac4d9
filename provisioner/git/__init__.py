"""What is in the commits of a git repository: trees, blobs, what a merge gives, first-parent history.

There is never a work tree, nothing is written into the repository, and nothing of its configuration,
hooks, attributes or filters takes effect.
"""
