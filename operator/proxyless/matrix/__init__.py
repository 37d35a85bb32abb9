"""The feature table: what istiod sends for each field, and what each library does with it. Data, its row types, its query.

``data/`` holds the rows as YAML, for people. ``build`` checks them against the types in ``rows`` and writes ``compiled.json``, which
``query`` loads without a parser. Rules, the web hook and the command line ask ``query`` alone.
"""
