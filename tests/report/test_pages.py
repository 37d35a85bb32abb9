"""HTML and Markdown: read by parsers of their own, and nothing that a file holds becomes markup."""

from html import unescape
from typing import Any

import html5lib
from hypothesis import given
from markdown_it import MarkdownIt

from proxyless.errors import InputError
from proxyless.model.finding import Report
from proxyless.model.resource import Origin
from proxyless.report import html_page, markdown
from proxyless.report.lint_run import LintRun
from report.findings import REPORT, finding
from report.test_formats_of_ci import HOSTILE, hostile_finding

RUN = LintRun(
    REPORT,
    problems=(InputError("bad", where="x.yaml", line=2),),
    files=2,
    objects=5,
    pages={"PX301": "# PX301 mirror\n\n```yaml\na: <b>\n```\n"},
)


def parsed(page: str) -> Any:
    """The page's tree, by a parser that takes no error."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


def tags(page: str) -> list[str]:
    return [item.tag for item in parsed(page).iter() if isinstance(item.tag, str)]


def test_html_tells_all_and_asks_for_nothing() -> None:
    page = html_page.render(RUN)
    words = " ".join("".join(parsed(page).itertext()).split())
    for told in (
        "PX301",
        "VirtualService shop/echo",
        "Remove the mirror.",
        "x.yaml:2: error: bad",
        "for the gateway only",
    ):
        assert told in words
    assert "a: <b>" in words
    assert not {"script", "img", "link", "iframe", "a", "b"} & set(tags(page))
    assert "src=" not in page
    assert "default-src 'none'" in page


def test_html_marks_the_value() -> None:
    item = finding(path="a", origin=Origin("a.yaml", 1, 0))._replace(line=2, column=1)
    page = html_page.render(LintRun(Report((item,)), texts={"a.yaml": "x: 1\na: <b> # why\n"}))
    (mark,) = [each for each in parsed(page).iter() if each.tag == "mark"]
    assert mark.text == "<b>"


@given(HOSTILE)
def test_html_has_the_same_elements_whatever_names_hold(text: str) -> None:
    plain = html_page.render(LintRun(Report((hostile_finding("plain"),))))
    assert tags(html_page.render(LintRun(Report((hostile_finding(text),))))) == tags(plain)


def tokens(page: str) -> list[str]:
    """What GitHub's Markdown makes of it, HTML and links among it."""
    reader = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
    found = []
    for token in reader.parse(page):
        found.append(token.type)
        found += [inner.type for inner in token.children or [] if inner.type not in ("text", "text_special")]
    return found


def test_markdown_is_a_table_and_details() -> None:
    page = markdown.render(RUN)
    assert tokens(page).count("tr_open") == 4
    assert tokens(page).count("heading_open") == 5
    shown = unescape(MarkdownIt().enable("table").render(page))
    assert "spec.http[0].mirror" in shown
    assert "for the gateway only" in shown


@given(HOSTILE)
def test_markdown_has_the_same_structure_whatever_names_hold(text: str) -> None:
    made = tokens(markdown.render(LintRun(Report((hostile_finding(f"x{text}x"),)))))
    plain = tokens(markdown.render(LintRun(Report((hostile_finding("plain"),)))))
    assert made == plain


def test_markdown_calls_nobody() -> None:
    page = markdown.render(LintRun(Report((hostile_finding("@everyone see https://x.example"),))))
    assert "@everyone" not in page
    assert "https://" not in page
