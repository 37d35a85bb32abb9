"""Generated parts of pages that people write: the text between two markers."""


def replaced(page: str, name: str, block: str, comment: str = "<!-- {} -->") -> str:
    """The page with ``block`` between ``<!-- NAME:begin -->`` and ``<!-- NAME:end -->``, or another form of comment.

    Raises:
        ValueError: a marker is missing; names it.
    """
    begin, end = comment.format(f"{name}:begin"), comment.format(f"{name}:end")
    before, opened, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not opened or not closed:
        raise ValueError(f"the page lacks {end if opened else begin}")
    return f"{before}{begin}\n{block}\n{end}{after}"
