"""What results mean: judges that several families share. None knows a library or the table."""

from collections import Counter
from collections.abc import Sequence

from matrix_measured.case import Answers, Judge, Result, Seen
from proxyless.matrix.verdict import Verdict


def words(results: Sequence[Result]) -> str:
    """Results in short: ``v1 x 3, UNAVAILABLE: no route``."""
    counted = Counter(_word(result) for result in results)
    return ", ".join(f"{word} x {number}" if number > 1 else word for word, number in counted.most_common(4))


def _word(result: Result) -> str:
    if "error" in result and result.get("code") != "OK":
        return f"{result['code']}: {' '.join(str(result['error']).split())[:160]}"
    return str(result.get("version", "?")) + (" over TLS" if result.get("tls") else "")


def ok(result: Result) -> bool:
    """Whether the call was answered."""
    return "error" not in result or (result.get("messages", 0) > 0)


def versions(results: Sequence[Result]) -> set[str]:
    """Versions and codes that answered."""
    return {str(item["version"]) if ok(item) else str(item["code"]) for item in results}


def steered(positive: int, *, expected: str = "v2", other: str = "v1") -> Judge:
    """The first calls must reach v2, the rest v1: the usual case of a match."""

    def judge(answers: Answers) -> Seen:
        yes = [result for results in answers[:positive] for result in results]
        no = [result for results in answers[positive:] for result in results]
        text = f"meant to match: {words(yes)}" + (f"; not meant: {words(no)}" if no else "")
        if versions(yes) == {expected} and (not no or versions(no) == {other}):
            return Seen(Verdict.SUPPORTED, text)
        if not versions(yes) | versions(no) <= {expected, other}:
            return Seen(Verdict.BREAKS, text)
        if versions(yes) == {expected}:
            return Seen(Verdict.ALTERED, f"{text}: always taken, more than is written")
        if versions(no) <= {other}:
            return Seen(Verdict.ALTERED, f"{text}: not taken where it should be")
        return Seen(Verdict.BREAKS, f"{text}: the other way round")

    return judge


def works(text: str = "answered") -> Judge:
    """Every call is answered: the field takes effect; none or some: it breaks."""

    def judge(answers: Answers) -> Seen:
        results = [result for group in answers for result in group]
        if all(map(ok, results)):
            return Seen(Verdict.SUPPORTED, f"{text}: {words(results)}")
        return Seen(Verdict.BREAKS, words(results))

    return judge


def only(version: str, *, else_: Verdict = Verdict.IGNORED) -> Judge:
    """Every call reaches one version: in effect; others too: not; errors: breaks."""

    def judge(answers: Answers) -> Seen:
        results = [result for group in answers for result in group]
        if versions(results) == {version}:
            return Seen(Verdict.SUPPORTED, words(results))
        if not all(map(ok, results)):
            return Seen(Verdict.BREAKS, words(results))
        return Seen(else_, words(results))

    return judge


def without_effect(answers: Answers) -> Seen:
    """For fields whose absence of effect shows in v1 and v2 both being reached: answered by both means ignored."""
    results = [result for group in answers for result in group]
    if not all(map(ok, results)):
        return Seen(Verdict.BREAKS, words(results))
    return Seen(Verdict.IGNORED if len(versions(results)) > 1 else Verdict.SUPPORTED, words(results))


def plaintext(answers: Answers) -> Seen:
    """For client TLS: answered over TLS, in plaintext, or not at all."""
    results = [result for group in answers for result in group]
    if not all(map(ok, results)):
        return Seen(Verdict.BREAKS, words(results))
    if all(result.get("tls") for result in results):
        return Seen(Verdict.SUPPORTED, f"{words(results)}, peer {results[0].get('peer', '')}")
    return Seen(Verdict.PLAINTEXT, words(results))


def hosts(results: Sequence[Result]) -> set[str]:
    """Pods that answered."""
    return {str(result["hostname"]) for result in results if "hostname" in result}
