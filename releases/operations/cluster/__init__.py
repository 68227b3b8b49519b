"""Operations of platform operators on clusters."""
