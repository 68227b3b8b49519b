"""Operations on the members of a tenant."""
