"""`Gateway`: everything Slipway does to one namespace of one cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType, TracebackType
from typing import Any, Self

from releases.gateway import applying, discovery, providing, reading, removing, trying
from releases.gateway.adopting import Rehearsed
from releases.gateway.breaker import Breaker
from releases.gateway.client import Client, object_path
from releases.gateway.kinds import CLONESET_GROUP, Kind, kind_named
from releases.gateway.one_object import Applied
from releases.gateway.ownership import MANAGER
from releases.gateway.pruning import Pruned
from releases.gateway.refusals import AlreadyThere
from releases.gateway.taken import Taken
from tenants.clusters import DEPLOYER, PROVISIONER, Connection

__all__ = ["Applied", "Gateway", "Pruned", "Rehearsed"]


class Gateway:
    """For one thread and a short time: use it in a `with` block.

    All methods raise ClusterAway when the cluster does not answer (at once while its breaker is open) and
    AccessRefused when it does not accept the credentials.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        namespace: str,
        role: str = DEPLOYER,
        breaker: Breaker | None = None,
        refused: Callable[[], None] = lambda: None,
        anew: Callable[[], Connection] | None = None,
    ) -> None:
        """`refused` is called when the cluster does not accept the credentials, or they lack a right. `anew` gives
        others, with which it is tried once more where they were not accepted.
        """
        self.namespace = namespace
        self.role = role
        self._client = Client(connection, breaker=breaker, refused=refused, anew=anew)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def provide(self, manifest: Mapping[str, Any]) -> None:
        """Make an object of a provision release what `manifest` says, whoever owns what of it.

        Raises StillThere, QuotaRefused, ManifestRefused.
        """
        self._need(PROVISIONER)
        providing.provide(self._client, manifest)

    def apply(
        self,
        manifest: Mapping[str, Any],
        *,
        fence: int,
        release: str,
        replicas: int | None = None,
        then: int | None = None,
        uid: str = "",
        outranked: Callable[[], bool] = lambda: False,
        overtaken: Callable[[], bool] = lambda: False,
        force: bool = False,
        left: Mapping[str, str] = MappingProxyType({}),
    ) -> Applied:
        """Make an object what `manifest` says. Doing it again with the same fence and release writes nothing.

        `release` becomes a label of the object alone. `replicas` counts at creation only: a workload starts with
        that many, owned by the manager that `set_replicas` uses. `then` is the number that it is to have afterwards:
        where somebody else keeps another one, nothing is written. With `uid`, the object has to be that one still.
        `outranked` says whether a higher fence than this one is in force by now; it is asked around a creation, which
        no object's fence can stop, and nothing stays that was made while it was so.
        `overtaken` says whether this form of the object is no longer due, as it takes several within one release, or is
        removed by the release that made it; nothing is made or changed from the moment on that it is so.
        With `force`, what another manager has taken is taken back. `left` says which field is left to which manager:
        of an object that is there, what that manager has is not applied.
        Raises FenceLost, FieldConflict, Vanished (deleted in between; never created again here), QuotaRefused,
        ManifestRefused, StillThere.
        """
        self._need(DEPLOYER, PROVISIONER)
        return applying.apply(
            self._client,
            manifest,
            namespace=self.namespace,
            fence=fence,
            release=release,
            outranked=outranked,
            overtaken=overtaken,
            replicas=replicas,
            then=then,
            uid=uid,
            force=force,
            left=left,
        )

    def try_apply(
        self, manifest: Mapping[str, Any], *, fence: int, release: str, force: bool, left: Mapping[str, str]
    ) -> None:
        """Ask the cluster whether it would take what `apply` would write to an object that is there; nothing of it
        stays. Raises what `apply` raises. One that is yet to be made, or is on its way out, is not asked about.
        """
        self._need(DEPLOYER)
        trying.try_apply(
            self._client,
            manifest,
            namespace=self.namespace,
            fence=fence,
            release=release,
            force=force,
            left=left,
        )

    def rehearse(self, manifest: Mapping[str, Any]) -> Rehearsed:
        """What it would change to take over the object that the manifest names: tried on the cluster, without effect.

        Raises what `apply` raises; Vanished when there is no such object.
        """
        self._need(DEPLOYER)
        return applying.rehearse(self._client, manifest, namespace=self.namespace)

    def scaled_by(self, kind: str, name: str) -> str:
        """The autoscaler that changes the number of instances of a workload; "" for none."""
        return reading.scaled_by(self._client, kind, name, namespace=self.namespace)

    def scaler_of_others(self, kind: str, name: str) -> tuple[str, str] | None:
        """The autoscaler that is not Slipway's and changes that number: its name and by which manager it was made (""
        where the cluster does not tell); None for none.
        """
        return reading.scaler_of_others(self._client, kind, name, namespace=self.namespace)

    def within(self, seconds: float) -> Self:
        """Give up, as on a cluster that does not answer, when all that is asked takes longer than this."""
        self._client.within(seconds)
        return self

    def fenced_by(self, newest: Callable[[], int]) -> Self:
        """Know by `newest` which fence of the app is the highest that was ever given out; see `fencing`. Without it any
        higher fence stops a writer.
        """
        self._client.newest_fence = newest
        return self

    def ensure_gateway(self, manifest: Mapping[str, Any]) -> bool:
        """Make the tenant's Gateway if there is none yet. True when it was made; one that is there stays as it is."""
        self._need(DEPLOYER, PROVISIONER)
        kind, name = self._served("Gateway"), manifest["metadata"]["name"]
        if self._client.find(kind, name, namespace=self.namespace) is not None:
            return False
        query = [("fieldManager", MANAGER)]
        path = object_path(kind, "", namespace=self.namespace)
        try:
            self._client.json("POST", path, what=f"Gateway {name}", query=query, body=manifest)
        except AlreadyThere:
            return False
        return True

    def set_replicas(
        self,
        kind: str,
        name: str,
        *,
        replicas: int,
        fence: int | None = None,
        overtaken: Callable[[], bool] = lambda: False,
        force: bool = False,
    ) -> Applied:
        """Set the instance count of a workload, and nothing else of it. `force` and errors as for `apply`.

        `overtaken` says whether this count is no longer due; nothing is written from the moment on that it is so.
        """
        self._need(DEPLOYER)
        return applying.set_replicas(
            self._client,
            self._served(kind),
            name,
            namespace=self.namespace,
            replicas=replicas,
            fence=fence,
            overtaken=overtaken,
            force=force,
        )

    def prune(
        self,
        *,
        app_id: str,
        keep: Iterable[tuple[str, str]],
        fence: int,
        adopted: Iterable[tuple[str, str]] = (),
    ) -> Pruned:
        """Delete what carries the app's label and is not in `keep`, pairs of (kind, name). Never volumes, and never
        configuration that a workload or an instance which still runs refers to. `adopted` are workloads that the app
        took over: they are its own even where somebody removed the label. Raises FenceLost.
        """
        self._need(DEPLOYER)
        return removing.prune(
            self._client, namespace=self.namespace, app_id=app_id, keep=keep, fence=fence, adopted=adopted
        )

    def let_go(self, kind: str, name: str, *, app_id: str, fence: int) -> bool:
        """Give back a workload that was taken over: it runs on, without label, mark or field of Slipway, beside the
        configuration of Slipway that it reads, which is given back with it. False when there is nothing to give back.
        Raises FenceLost, StillThere.
        """
        self._need(DEPLOYER)
        return applying.let_go(
            self._client, self._served(kind), name, namespace=self.namespace, app_id=app_id, fence=fence
        )

    def taken_over(self, *, app_id: str) -> list[tuple[str, str]]:
        """(kind, name) of the workloads that carry the app's label and ran before Slipway."""
        return reading.taken_over(self._client, app_id, namespace=self.namespace)

    def find(self, kind: str, name: str) -> dict[str, Any] | None:
        """The object as the cluster has it, or None."""
        return self._client.find(self._served(kind), name, namespace=self.namespace)

    def delete(self, kind: str, name: str, *, uid: str) -> bool:
        """Delete the object if it still is the one with this uid. False when that one is gone already."""
        self._need(DEPLOYER)
        return removing.delete(self._client, self._served(kind), name, namespace=self.namespace, uid=uid)

    def delete_instance(self, name: str, *, uid: str, workload: tuple[str, str], fence: int) -> bool:
        """Delete the instance with this uid of a workload, (kind, name). False when that has none such, or no more.

        Raises FenceLost.
        """
        self._need(DEPLOYER)
        kind = self._served(workload[0])
        return removing.delete_instance(
            self._client, name, namespace=self.namespace, uid=uid, workload=(kind, workload[1]), fence=fence
        )

    def logs(self, pod: str, *, container: str = "", tail: int = 100, previous: bool = False) -> list[str]:
        """The last lines an instance wrote, oldest first, without control characters; none when it is gone."""
        return reading.logs(
            self._client, pod, namespace=self.namespace, container=container, tail=tail, previous=previous
        )

    def look(self, pod: str, *, port: int, path: str, most: int) -> tuple[int, bytes]:
        """Status and first bytes of what an instance answers at a path, as the API server passes it on. ValueError for
        a path that leads out of what the instance serves.
        """
        self._need(DEPLOYER)
        return reading.look(self._client, pod, namespace=self.namespace, port=port, path=path, most=most)

    def events_for(self, uid: str) -> list[dict[str, Any]]:
        """`{type, reason, message, count, at}` of the events about an object, oldest first."""
        return reading.events_for(self._client, uid, namespace=self.namespace)

    def list_app(self, app_id: str, *, taken: Iterable[Taken] = ()) -> dict[str, Any]:
        """`{workloads, replicasets, pods, resource_version}` of an app, trimmed as the agent's snapshots are. What it
        had `taken` over is among it even where somebody changed the labels.
        """
        return reading.list_app(self._client, app_id, namespace=self.namespace, taken=taken)

    def capabilities(self) -> dict[str, Any]:
        """`{server_version, groups, gateway_api, cloneset}`: versions as the cluster serves them, "" for none."""
        return discovery.capabilities(self._client)

    def _served(self, name: str) -> Kind:
        kind = kind_named(name)
        if kind.group != CLONESET_GROUP:
            return kind
        return next(iter(discovery.served(self._client, [kind])), kind)

    def _need(self, *roles: str) -> None:
        if self.role not in roles:
            raise ValueError(f"A gateway opened as {self.role} may not do this; it takes {' or '.join(roles)}.")
