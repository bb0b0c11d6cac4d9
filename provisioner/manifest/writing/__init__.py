"""Manifests that are written: house style, edits that keep comments, safe fixes."""
