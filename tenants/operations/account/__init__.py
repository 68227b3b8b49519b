"""Operations of platform operators on the accounts of people."""
