"""Admission front door: our server, Kopf's handlers behind it, certificates. Decisions are made by ``lint`` and ``inject``."""
