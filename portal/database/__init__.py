"""The database backend: Django's own for PostgreSQL, with a pool that is looked through when a connection died."""
