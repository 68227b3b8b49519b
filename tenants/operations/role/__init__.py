"""Operations on the roles a tenant makes for itself."""
