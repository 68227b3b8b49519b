"""Operations on the freeze calendars of tenants and of the platform."""
