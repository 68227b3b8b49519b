"""Operations on what runs, each a short release of its own."""
