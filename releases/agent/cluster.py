"""One cluster: its watches, what they know, and telling the releases about it."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from functools import partial
from typing import Any
from weakref import WeakSet

from releases.agent.asking import Asker
from releases.agent.backoff import Backoff
from releases.agent.discovery import capabilities, cloneset_kind
from releases.agent.health import Health
from releases.agent.leases import Held
from releases.agent.listing import SPARED, Listing
from releases.agent.probing import keep_asking
from releases.agent.reporting import Report, Reporter
from releases.agent.session import TROUBLES, Session
from releases.agent.store import Store
from releases.agent.telling import Listener, tell_back, tell_lost
from releases.agent.watching import KindWatch, watch_name
from releases.gateway.kinds import DEPLOYMENT, POD, REPLICASET, STATEFULSET, Kind
from releases.gateway.taken import Taken
from tenants.clusters import Connection, mark

log = logging.getLogger("slipway.agent")

CORE = (DEPLOYMENT, STATEFULSET, REPLICASET, POD)
# What is watched besides in namespaces with workloads that were taken over: those may lose their labels.
OWNED = (DEPLOYMENT, REPLICASET, POD)
DISCOVER_SECONDS = 600.0
# While a kind that was served is not any more: what is being put up anew should not have to wait as long.
MISSING_SECONDS = 30.0

# What is reported besides apps, which have ids.
_STATE = "state"
_ABILITIES = "abilities"


class ClusterWatch:
    """Runs until cancelled. No app is reported before every kind has been listed once: no half pictures."""

    def __init__(
        self,
        held: Held,
        connection: Connection,
        *,
        listener: Listener,
        executor: Executor,
        may_report: Callable[[], bool],
        taken: Iterable[Taken] = (),
    ) -> None:
        """`taken`: the workloads there that were taken over, as far as that is known from before."""
        self._held, self._connection = held, connection
        self._session: Session | None = None
        self._cluster_id = str(held.cluster_id)
        self._listener = listener
        self._store = Store()
        self._store.expect(taken)
        self._health, self._listing = Health(), Listing()
        self._reporter = Reporter(self._report_of, name=connection.name, executor=executor, may_report=may_report)
        self._asker = Asker(self._store, changed=self._changed)
        self._watches: WeakSet[KindWatch] = WeakSet()
        self._spaces: set[str] = set()
        self._spaces_changed = asyncio.Event()
        self._look_again = asyncio.Event()
        self._waiting: set[str] = set()
        self._synced = False
        self._lost: bool | None = None
        self._lost_blind = False
        self._lost_timer: asyncio.TimerHandle | None = None
        self._abilities: dict[str, Any] | None = None

    async def run(self) -> None:
        """Watch. Raises OSError or ValueError when the connection cannot be set up at all (certificates, address)."""
        session = self._session = Session(self._connection)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._reporter.run())
                for kind in CORE:
                    group.create_task(self._kind_watch(session, kind).run())
                group.create_task(self._discover(session))
                group.create_task(self._follow(session))
                group.create_task(keep_asking(session, works=self._works, fails=self._fails))
        finally:
            if self._lost_timer is not None:
                self._lost_timer.cancel()
            self._asker.stop()
            await self._reporter.drained()
            await session.close()

    async def refused(self) -> None:
        """Until the cluster does not accept the token. Belongs beside `run`, once that has begun."""
        while self._session is None:
            await asyncio.sleep(0)
        await self._session.refused.wait()

    def use(self, token: str) -> None:
        """Go on with a newer token."""
        if self._session is not None:
            self._session.use(token)

    def ask_anew(self) -> None:
        """End what is open and begin it again, where rights may have been taken away meanwhile."""
        for watch in list(self._watches):
            watch.ask_anew()
        self._look_again.set()

    def _kind_watch(
        self, session: Session, kind: Kind, *, space: str = "", missing: Callable[[], None] | None = None
    ) -> KindWatch:
        watch = KindWatch(
            session,
            kind,
            self._store,
            changed=self._changed,
            seen=partial(self._asker.seen, session) if kind is POD else None,
            works=self._works,
            fails=self._fails,
            missing=missing,
            unseen=partial(self._is_refused, kind) if kind.kind in SPARED else None,
            space=space,
        )
        self._watches.add(watch)
        return watch

    async def _discover(self, session: Session) -> None:
        """Learn what the cluster serves, now and again; watch CloneSets while it has them."""
        backoff = Backoff(random.random)
        watched: tuple[Kind, KindWatch, asyncio.Task[None]] | None = None
        lacks = False
        try:
            while True:
                self._look_again.clear()
                try:
                    found = await capabilities(session)
                except TROUBLES:
                    self._heard_of("CloneSet", self._listing.fails)
                    await asyncio.sleep(backoff.next())
                    continue
                backoff.reset()
                if found != self._abilities:
                    self._abilities = found
                    self._reporter.touched(_ABILITIES)
                kind = cloneset_kind(found)
                if kind is None and watched is None:
                    self._heard_of("CloneSet", self._listing.works)  # there is none of what is not served
                # An API server that begins tells of kinds before it has met them all: the watch itself has to miss it.
                if watched is not None and watched[0] != kind and (kind is not None or watched[1].is_missing):
                    watched[2].cancel()
                    self._let_go(watched[0], for_good=kind is None)
                    watched, lacks = None, kind is None
                if watched is None and kind is not None:
                    watch = self._kind_watch(session, kind, missing=partial(self._is_missing, kind))
                    watched, lacks = (kind, watch, asyncio.create_task(watch.run())), False
                await self._until_asked(MISSING_SECONDS if lacks else DISCOVER_SECONDS)
        finally:
            if watched is not None:
                watched[2].cancel()

    def _is_missing(self, kind: Kind) -> None:
        self._health.drop(kind.kind)
        self._heard_of(kind.kind, self._listing.fails)
        self._look_again.set()

    def _is_refused(self, kind: Kind, reason: str) -> None:
        """Nothing is told of that kind then. Where more was taken away, the other watches find out at once."""
        self._health.drop(kind.kind)
        if self._listing.refuse(kind.kind):
            log.warning("%s: what is no %s is watched alone (%s)", self._connection.name, kind.kind, reason)
            self._heard_of(kind.kind, lambda name: self._store.keep_only(name, ()))
            self.ask_anew()
        self._look_whether_back()

    def _heard_of(self, kind: str, answered: Callable[[str], set[str]]) -> None:
        for app_id in answered(kind):
            self._changed(app_id)
        self._look_whether_back()

    def _let_go(self, kind: Kind, *, for_good: bool) -> None:
        """Nothing is asked of a kind any more; and nothing is told of what there was, where no version is served."""
        self._health.drop(kind.kind)
        if for_good:
            log.warning("%s: serves no %s any more", self._connection.name, kind.kind)
            for app_id in self._store.keep_only(kind.kind, ()):
                self._changed(app_id)

    async def _until_asked(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._look_again.wait()
        except TimeoutError:
            return

    async def _follow(self, session: Session) -> None:
        """Watch workloads that were taken over and their instances: three more watches for each namespace with any."""
        watched: dict[str, list[asyncio.Task[None]]] = {}
        try:
            while True:
                self._spaces_changed.clear()
                wanted = self._store.adopted_spaces()
                for space in [one for one in watched if one not in wanted]:
                    for task in watched.pop(space):
                        task.cancel()
                    for kind in OWNED:
                        self._health.drop(watch_name(kind, space))
                        self._store.keep_only(kind.kind, (), space=space)
                for space in wanted - set(watched):
                    watches = [self._kind_watch(session, kind, space=space) for kind in OWNED]
                    watched[space] = [asyncio.create_task(one.run()) for one in watches]
                self._spaces = wanted
                await self._spaces_changed.wait()
        finally:
            for task in (task for tasks in watched.values() for task in tasks):
                task.cancel()

    def _expected(self) -> set[str]:
        """The watches that have to work before anything is told of an app."""
        spaces = self._store.adopted_spaces()
        if spaces != self._spaces:
            self._spaces_changed.set()
        owned = {watch_name(kind, space) for kind in OWNED for space in spaces}
        return ({kind.kind for kind in CORE} | owned) - self._listing.refused

    def _changed(self, app_id: str) -> None:
        self._expected()
        if self._synced:
            self._reporter.touched(app_id)
        else:
            self._waiting.add(app_id)

    def _works(self, kind: str) -> None:
        if self._health.works(kind):
            # It is there again: who waits to try once more would show for half a minute what was before.
            for watch in list(self._watches):
                watch.hurry()
        self._heard_of(kind, self._listing.works)

    def _look_whether_back(self) -> None:
        if self._lost_timer is not None and self._health.seconds_left(now=time.monotonic()) is None:
            self._lost_timer.cancel()
            self._lost_timer = None
        if self._listing.is_open or not self._health.is_back(self._expected()):
            return
        if self._lost is not False:
            self._lost = False
            self._reporter.touched(_STATE)
        if not self._synced:
            self._synced = True
            log.info("%s: watching %d apps", self._connection.name, len(self._store.apps()))
            while self._waiting:
                self._reporter.touched(self._waiting.pop())

    def _fails(self, kind: str, reason: str, *, since: float | None = None, blind: bool = False) -> None:
        now = time.monotonic()
        if blind and not self._health.is_failing(kind):
            # Rights go together. What is still open would go on for minutes with half a picture.
            self.ask_anew()
        self._health.fails(kind, now=since or now, reason=reason, blind=blind)
        self._heard_of(kind, self._listing.fails)
        if self._lost and self._lost_blind != blind:
            # It is there again and does not let us look, or the other way round: another thing to do about it.
            self._lost_blind = blind
            self._reporter.touched(_STATE)
        if self._lost_timer is None and not self._lost:
            left = self._health.seconds_left(now=now)
            self._lost_timer = asyncio.get_running_loop().call_later(left or 0.0, self._tell_lost)

    def _tell_lost(self) -> None:
        self._lost_timer = None
        left = self._health.seconds_left(now=time.monotonic())
        if left is None or self._lost:
            return
        if left > 0:
            # The kind that failed first works again, another one began to fail later.
            self._lost_timer = asyncio.get_running_loop().call_later(left, self._tell_lost)
            return
        log.warning("%s: lost (%s)", self._connection.name, self._health.reason)
        self._lost, self._lost_blind = True, self._health.is_blind
        self._reporter.touched(_STATE)

    def _report_of(self, key: str) -> Report:
        if key == _STATE:
            if not self._lost:
                return partial(tell_back, self._listener, self._cluster_id)
            return partial(tell_lost, self._listener, self._cluster_id, self._health.reason, blind=self._lost_blind)
        if key == _ABILITIES:
            return partial(_do, mark, self._cluster_id, capabilities=self._abilities)
        snapshot = self._listing.told(key, {**self._store.snapshot(key), "fencing": self._held.fencing})
        return partial(_do, self._listener.observe, self._cluster_id, key, snapshot)


def _do(function: Callable[..., object], *arguments: object, **options: object) -> None:
    function(*arguments, **options)
