"""Operations on how much a tenant may use: asking for another limit, deciding, setting one."""
