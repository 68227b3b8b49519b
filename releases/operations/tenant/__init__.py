"""What platform operators do with tenants that takes asking clusters."""
