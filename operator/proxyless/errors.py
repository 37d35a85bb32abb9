"""All exceptions of proxyless; front doors translate them (exit code, HTTP status, Kopf error).

ProxylessError
├── InputError     a file or object of the user's that cannot be read
├── MatrixError    our own feature data is wrong: a defect of ours
├── PolicyError    a ProxylessMesh or ProxylessPolicy that cannot be used
└── ClusterError   the API server refused or could not be reached
"""


class ProxylessError(Exception):
    """Base of all; never raised itself."""


class InputError(ProxylessError):
    """Input that cannot be read: says where, what was expected and what to do.

    Attributes:
        where: file name as the user gave it, ``-`` for standard input.
        line: 1-based line, 0 where there is none.
        column: 1-based column, 0 where there is none.
    """

    def __init__(self, message: str, *, where: str = "", line: int = 0, column: int = 0) -> None:
        self.message = message
        self.where = where
        self.line = line
        self.column = column
        place = ":".join(str(part) for part in (where, line, column) if part)
        super().__init__(f"{place}: {message}" if place else message)


class MatrixError(ProxylessError):
    """The feature data contradicts its schema or itself."""


class PolicyError(ProxylessError):
    """One of our own resources holds a value that cannot be used."""


class ClusterError(ProxylessError):
    """The API server refused a call or could not be reached; the cause is chained.

    Attributes:
        status: HTTP status, 0 where there was no answer.
    """

    def __init__(self, message: str, *, status: int = 0) -> None:
        self.status = status
        super().__init__(message)
