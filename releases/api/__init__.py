"""Reading apps and releases over the REST API. Changing them is done by operations, in `portal.operations.api`."""
