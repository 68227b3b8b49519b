"""Tests of `portal.local`: finding and starting servers, supervising processes, the sentences of `make run`."""
