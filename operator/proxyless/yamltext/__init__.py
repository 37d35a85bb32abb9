"""YAML and JSON text: its value as kubectl reads it, and the line and column of a field. Pure, no I/O.

``load`` gives values, ``lines`` gives places; all other modules serve these two. Nothing else in the product parses YAML.
"""
