"""What every row is given."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from tests.bench.installation import Installation
from tests.bench.sizes import Sizes

if TYPE_CHECKING:
    from tests.bench.deploys import Deploys
    from tests.bench.world import World


class Bench:
    """The installation, the sizes, and what several rows share; made when the first of them asks."""

    def __init__(self, installation: Installation, sizes: Sizes) -> None:
        self.installation, self.sizes = installation, sizes
        self._began = time.monotonic()
        self._world: World | None = None
        self._deploys: list[Deploys] | None = None

    def say(self, sentence: str) -> None:
        """Progress, for whoever waits."""
        print(f"{time.monotonic() - self._began:7.1f} s  {sentence}", file=sys.stderr, flush=True)

    @property
    def world(self) -> World:
        from tests.bench.world import World

        if self._world is None:
            self.say("Making the tenant that is measured.")
            self._world = World(self.installation)
        return self._world

    @property
    def deploys(self) -> list[Deploys]:
        """On a simulated cluster, and on a real control plane."""
        from tests.bench import deploys

        if self._deploys is None:
            self._deploys = deploys.measure(self)
        return self._deploys

    def close(self) -> None:
        """End everything that was started, whatever state it is in."""
        if self._world:
            self._world.close()
        self.let_go()

    def let_go(self) -> None:
        """Close our connections to the database, which is about to stop; new ones are made when needed."""
        from django.db import connections
        from django.db.backends.postgresql.base import DatabaseWrapper

        for connection in connections.all(initialized_only=True):
            connection.close()
            if isinstance(connection, DatabaseWrapper):
                connection.close_pool()
