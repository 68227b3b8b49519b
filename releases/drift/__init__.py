"""What somebody changed in a cluster behind Slipway's back: finding it, leaving it to them, taking it over.

`comparing` is pure; `looking` fetches what is compared; `leaving` says what a release leaves out, `foretold`
what a preview says of all that.
"""
