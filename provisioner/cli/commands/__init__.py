"""One module per group of commands.

A command imports inside its function what others can do without: help, completion and a short
command take a third of the time that they would with all that a long one needs.
"""
