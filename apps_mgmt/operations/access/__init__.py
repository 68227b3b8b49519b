"""Operations on who may do more with a single app than their role in the tenant allows."""
