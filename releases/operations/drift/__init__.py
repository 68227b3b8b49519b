"""What to do about fields that somebody changed in a cluster: take them over, leave them, no longer leave them."""
