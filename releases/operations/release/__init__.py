"""Operations that start, steer and end releases."""
