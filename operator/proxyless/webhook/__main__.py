"""``python -m proxyless.webhook``: one replica, as ``proxyless run webhook`` starts it."""

import sys

from proxyless.webhook.main import main

sys.exit(main())
