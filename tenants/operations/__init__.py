"""Operations on who belongs to a tenant and what they may do, and on tenants as the platform sees them."""
