"""Injection as a pure function: a pod goes in, a decision and a patch come out. ``pod.inject`` is the way in; ``decide`` says why, without a patch.

Imports nothing itself: the linter reads the settings here, and does not have what writes patches.
"""
