"""The pages about apps and releases: home, lists, overview, configuration, release, activity; and their live fragments.

Views fetch through the doorway and hand view models (plain dicts, built in `*_figures`) to templates.
"""
