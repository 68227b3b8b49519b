"""A real Kubernetes control plane on this machine, for tests and for trying Slipway out. Nodes are played by kwok.

`assets` knows where the programs are, `building` makes them from the Go modules in `tests/kubernetes`; `certificates`
and `files` write what they need to trust each other; `plane` lists them as programs and says when they are ready;
`background` keeps one running behind `manage.py cluster up` and `down`. Imports nothing of ours outside `portal.local`.
"""
