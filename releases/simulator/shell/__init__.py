"""The HTTP shell: real time, sockets, files and tokens around the pure core.

Needs aiohttp, and PyYAML when a body is YAML; imports the core and nothing else of the product.
"""
