"""Results of ``proxyless test`` as text and as JUnit XML. Pure."""

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from proxyless.model.record import NamedTuple
from proxyless.report.wording import clean


class CallTestResult(NamedTuple):
    """One test."""

    file: str
    line: int
    name: str
    failures: tuple[str, ...]
    """In what the mesh differs; empty: passed."""
    error: str = ""
    """Why it could not be asked, an unknown client for example."""

    @property
    def passed(self) -> bool:
        """Whether all is as expected."""
        return not (self.failures or self.error)


def lines(results: Iterable[CallTestResult]) -> list[str]:
    """A line for each test, and what is otherwise below it."""
    made = []
    for item in results:
        made.append(f"{'ok' if item.passed else 'FAILED':8}{item.file}:{item.line}  {item.name}")
        made += [f"          {text}" for text in (*item.failures, *([item.error] if item.error else []))]
    return [clean(line) for line in made]


def summary(results: Sequence[CallTestResult]) -> str:
    """One line for all."""
    failed = sum(not item.passed for item in results)
    return f"{len(results) - failed} passed" + (f", {failed} failed" if failed else "")


def junit(results: Sequence[CallTestResult]) -> str:
    """JUnit XML as CI systems read it."""
    failures = sum(bool(item.failures) for item in results)
    errors = sum(bool(item.error) for item in results)
    made = [
        f'<testsuites tests="{len(results)}" failures="{failures}" errors="{errors}">',
        f'  <testsuite name="proxyless test" tests="{len(results)}" failures="{failures}" errors="{errors}">',
    ]
    for item in results:
        head = f'    <testcase classname={quoteattr(item.file)} name={quoteattr(clean(item.name))} line="{item.line}"'
        if item.passed:
            made.append(f"{head}/>")
            continue
        kind = "error" if item.error else "failure"
        text = "\n".join(map(clean, (*item.failures, *([item.error] if item.error else []))))
        made += [
            f"{head}>",
            f"      <{kind} message={quoteattr(text.splitlines()[0])}>{escape(text)}</{kind}>",
            "    </testcase>",
        ]
    return "\n".join([*made, "  </testsuite>", "</testsuites>", ""])
