"""The version of every topic."""

from __future__ import annotations

from django.db import models


class TopicVersion(models.Model):
    """Raised in each transaction that changes what a topic shows. Never deleted: a version must not start again."""

    topic = models.CharField(max_length=100, primary_key=True)
    version = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.topic} {self.version}"
