"""What takes minutes is played by `make scenarios LONG=1` alone."""

import os

collect_ignore_glob = [] if os.environ.get("PROXYLESS_LONG") else ["test_long_*.py"]
