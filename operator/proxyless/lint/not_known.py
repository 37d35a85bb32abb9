"""How a rule, or what it asks the world for, says that it cannot tell. Raised by readers of the world, caught by the engine."""


class NotKnown(Exception):  # noqa: N818  a signal to the engine, which makes a notice of it
    """The world does not hold what a rule needs: the engine notes "not checked"."""

    def __init__(self, kind: str, namespace: str = "") -> None:
        self.kind = kind
        self.namespace = namespace
        super().__init__(f"no {kind} given" + (f" for namespace {namespace}" if namespace else ""))
