"""Basic values that every layer uses: resources, field paths, findings, versions, our own kinds. No I/O."""
