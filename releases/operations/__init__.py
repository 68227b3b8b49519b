"""What people do with releases: start, abort, pause, resume, retry, skip, roll back, restart, take over. One class in
one file.

Each returns an action of `releases.asking`; `releases.acting` carries it out.
"""
