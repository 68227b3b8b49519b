"""Operations on the API tokens of a tenant's members."""
