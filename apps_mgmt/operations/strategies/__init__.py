"""Operations on the strategies that a tenant saved."""
