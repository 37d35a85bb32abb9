"""The exception by which a rule, or what it asks, says that the objects at hand do not answer the question. Raised by readers of the world, caught by the engine."""


class NotKnown(Exception):  # noqa: N818  a signal to the engine, which makes a notice of it
    """The world does not hold what a rule needs: the engine notes "not checked"."""

    def __init__(self, kind: str, namespace: str = "") -> None:
        self.kind = kind
        self.namespace = namespace
        super().__init__(f"no {kind} given" + (f" for namespace {namespace}" if namespace else ""))
