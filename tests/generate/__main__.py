"""``python -m generate``: writes what differs. With ``--check``: writes nothing, names what differs and ends with 1."""

import subprocess
import sys
from collections.abc import Sequence

from proxyless.matrix import build


def main(argv: Sequence[str]) -> int:
    """The exit code: 1 if something differed and nothing was to be written."""
    check = "--check" in argv
    before = build.COMPILED.read_bytes()
    if not check and build.main():
        return 1
    if build.COMPILED.read_bytes() != before:
        print(f"{build.COMPILED.name} written", flush=True)
    from generate.files import INDEX, ROOT, generated  # noqa: PLC0415  rules read the compiled matrix when they are imported

    different = []
    for path, text in generated():
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        different.append(path)
        if not check:
            path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(ROOT)} {'differs from its source' if check else 'written'}", flush=True)
    if not check and INDEX in different:  # what is imported here is the old list of rules
        return subprocess.run([sys.executable, "-m", "generate"], check=False).returncode
    if check and different:
        print("run `make generate` and commit the result")
    return 1 if check and different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
