"""Operations on how releases of an app go."""
