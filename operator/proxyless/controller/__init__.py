"""Reconciling front door: keeps the condition ``ProxylessReady`` and the status of our own kinds true.

Gather (``gather``), decide (``judge``, ``relevant``, ``statuses``), act (``writer``); ``loop`` calls them in turn after
each change, ``main`` starts everything.
"""
