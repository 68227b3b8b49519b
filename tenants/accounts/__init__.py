"""Accounts: passwords, second factors, sessions, confirming who one is, and what has to be done before anything else.

django-allauth carries a sign-in through its steps and keeps second factors and sessions; what this package adds is
stricter: codes are used up in the database, and secrets are sealed for the row they stand in.
"""
