"""``proxyless why``: one call of one client, from its target to the server, with every object that has a say. Pure.

``question`` holds what is asked, ``answer`` what comes out; ``steps`` words the steps, ``concerned`` finds the objects and runs
the rules over them, ``repair`` names the one change. Called by ``cli.why``; ``report.why_v1`` makes it JSON.
"""
