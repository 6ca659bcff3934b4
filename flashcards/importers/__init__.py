"""Files of others → data: one module a format."""
