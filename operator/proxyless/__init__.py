"""Proxyless gRPC on Istio, made safe: inject, check on apply, keep checking, check before apply, explain."""

__version__ = "0.1.0"
