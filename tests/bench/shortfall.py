"""How a benchmark says that a promise was missed, so that `python -m bench` can list it after all tables.

Called by each `bench_*.py`.
"""

MARK = "fell short: "


def shortfall(promise: str, measured: str, wanted: str) -> None:
    """Print one missed promise."""
    print(f"{MARK}{promise}: {measured}, promised {wanted}", flush=True)
