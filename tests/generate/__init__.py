"""Everything in the repository that is made from something else, and the scaffold of a new rule.

``make generate`` writes the files, ``make check`` (``python -m generate --check``) tells those that differ from their
source. ``python -m generate.new_rule`` starts a rule. ``site`` is the hook by which mkdocs finds the rules' pages.
Nothing of the product imports this.
"""
