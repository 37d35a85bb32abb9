"""Pods are created all the time while everything around them is disturbed. ``make soak`` runs it, in a network of its own."""
