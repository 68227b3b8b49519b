"""Operations that take an app to other clusters."""
