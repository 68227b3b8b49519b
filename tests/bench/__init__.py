"""`make bench`: how fast Slipway is and what it takes, measured on a whole installation in a temporary folder.

A module per row of the table; `sizes` says how large everything is, `results` what comes out. May import everything of
the product and `tests.cast`, `tests.browser`, `tests.cluster.simulators`. Nothing here is a test, and no test looks at
a time: a figure counts only beside others of the same run on the same machine.

Django is set up on the addresses of the installation once that has started, so only `rows` and `world` import models.
"""
