"""The interface layer: components as template tags, navigation, the go-to palette and the component gallery.

It knows how things look, never what they are: pages hand it plain view models (dicts or dataclasses) whose shape
each template states in its first comment. It imports Django and the kernel only; rooms above add their entries to
the side navigation and the palette through `nav.provider` and `palette.provider`.
"""
