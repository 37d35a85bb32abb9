"""What can go wrong in the lab, worded for the person who started it.

Raised by every module of the lab; tests let it pass, `python -m lab` prints it and exits 1.
"""


class LabError(Exception):
    """A real part could not be had or did not start. The text says which one and what to do."""


class PartError(LabError):
    """A binary is neither there nor can it be built."""

    def __init__(self, part: str, problem: str, remedy: str, *, command: str = "", output: str = "") -> None:
        """Keep the pieces apart, so that a test can ask for each; the text shows all of them."""
        self.part = part
        self.problem = problem
        self.remedy = remedy
        self.command = command
        self.output = output
        lines = [f"{part}: {problem}"]
        if command:
            lines.append(f"command: {command}")
        if output:
            lines.append("its last lines:\n" + "\n".join("  " + line for line in output.splitlines()))
        lines.append(f"what to do: {remedy}")
        super().__init__("\n".join(lines))


class ApiError(LabError):
    """The API server answered with an error status."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        """Take the HTTP status, the machine-readable reason of the Status object, and its message."""
        self.status = status
        self.reason = reason
        self.message = message
        super().__init__(f"{status} {reason}: {message}")
