"""Operations on one instance of an app."""
