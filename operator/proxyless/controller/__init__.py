"""The operator: keeps the condition ``ProxylessReady`` on Istio resources and the status of our own kinds up to date.

Gather (``gather``), decide (``judge``, ``relevant``, ``statuses``), act (``writer``); ``loop`` calls them in turn after
each change, ``main`` starts everything.
"""
