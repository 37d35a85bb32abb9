"""The feature table: what istiod sends for each field, and what each library does with it. Data, its schema, its query.

``data/`` holds the rows as YAML, for people. ``build`` checks them with ``schema`` and writes ``compiled.json``, which
``query`` loads without a parser. Rules, the web hook and the command line ask ``query`` alone.
"""
