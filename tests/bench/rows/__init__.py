"""A module per row of the table: `measure(bench)` gives its lines. Models may be imported, Django is set up by then."""
