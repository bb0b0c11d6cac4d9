"""What is in the commits of a git repository: trees, blobs, the result of a merge, the mainline.

There is never a work tree, nothing is written into the repository, and nothing of its
configuration, hooks, attributes or filters takes effect.
"""
