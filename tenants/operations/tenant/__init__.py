"""Operations of platform operators on tenants."""
