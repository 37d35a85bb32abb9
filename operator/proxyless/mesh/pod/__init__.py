"""Reads a pod or pod template once for everybody: what it declares, its namespace and policy, and who injects it.

Asked by ``lint``, ``inject`` and through them by webhook, operator and commands, so that they cannot disagree. Pure; no part
of it raises on a malformed pod but ``shape``, which the webhook asks first. Nothing here is ever changed after it is made.
"""
