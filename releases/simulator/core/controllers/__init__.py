"""What a control plane does by itself: each controller looks at one key at a time and makes it right."""
