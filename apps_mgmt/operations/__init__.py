"""The operations on apps, a package per group of the catalogue and a file per operation (or pair of them).

A module defines `Operation` classes and nothing else; all are found and registered when Django is ready.
"""
