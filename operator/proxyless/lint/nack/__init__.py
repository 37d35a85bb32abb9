"""From a rejection (NACK) in a library's own words to the Istio object and field that caused it. Pure.

``text`` reads the words, ``carriers`` asks the model which objects became the resource that they name, ``culprit`` decides.
"""
