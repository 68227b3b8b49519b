"""Operations on an app as a whole that need its clusters."""
