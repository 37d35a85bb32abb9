"""Leaf values that every layer speaks: resources, field paths, findings, versions, our own kinds. No I/O."""
