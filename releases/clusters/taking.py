"""From a kubeconfig that a person gave to what is kept of it, after the cluster has answered."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from portal.errors import ClusterAway, Invalid, PlatformError, Refused, UserError
from releases.clusters.inspecting import inspect
from releases.clusters.values import Access
from releases.gateway import CredentialsRefused, Redirected, RightMissing, Unsigned
from releases.gateway.refusals import Refusal
from tenants.clusters import PROVISIONER, Connection, Credential
from tenants.clusters.credentials import seal
from tenants.clusters.kubeconfig import KubeconfigAccess, parse_kubeconfig

FIELD = "kubeconfig"


def take(text: str, *, context: str, cluster_id: str, name: str) -> dict[str, Any]:
    """`{server, ca_pem, signs_in_with, certificate_left_out, kubeconfig, report}`: of the file, its credential, sealed
    for the row. It is the provisioner's; observer and deployer are accounts that a provision release makes.

    Raises Invalid for a file that cannot be used, Refused with the reason when the cluster does not let Slipway in;
    both name the field.
    """
    try:
        found = parse_kubeconfig(text, context=context)
    except Invalid as error:
        raise Invalid(error.message, code=error.code, fields={FIELD: [str(error)]}) from None
    report = _ask(found, name=name)
    credential = Credential(token=found.token, client_cert=found.client_cert, client_key=found.client_key)
    return {
        "server": found.server,
        "ca_pem": found.ca_pem,
        "signs_in_with": "token" if found.token else "certificate",
        "certificate_left_out": found.certificate_left_out,
        "kubeconfig": {PROVISIONER: seal(credential, cluster_id=uuid.UUID(cluster_id), role=PROVISIONER)},
        "report": report,
    }


def access_in(taken: Mapping[str, Any]) -> Access:
    """The access in what `take` gave."""
    sealed = tuple(sorted(taken["kubeconfig"].items()))
    # Entries of an earlier time do not say what was left out.
    left_out = bool(taken.get("certificate_left_out"))
    return Access(
        taken["server"], taken["ca_pem"], taken["signs_in_with"], sealed=sealed, certificate_left_out=left_out
    )


def _ask(found: KubeconfigAccess, *, name: str) -> dict[str, Any]:
    connection = Connection(found.server, found.ca_pem, found.token, found.client_cert, found.client_key, name=name)
    try:
        return inspect(connection)
    except CredentialsRefused:
        raise Refused(_not_accepted(found), field=FIELD) from None
    except RightMissing:
        sentence = _(
            "{server} knows the account of this kubeconfig, which may not even ask for its version and what it serves. "
            "Give it the rights, or take another account."
        )
        raise Refused(sentence.format(server=found.server), field=FIELD) from None
    except Unsigned:
        raise Refused(_unsigned(found), field=FIELD) from None
    except Redirected as error:
        sentence = _(
            "{server} redirects to {host}, where Slipway does not follow. Give the own address of the API server."
        )
        raise Refused(sentence.format(server=found.server, host=error.host or _("another path")), field=FIELD) from None
    except ClusterAway as error:
        sentence = _("{server} does not answer ({why}). Check the address, and that Slipway can reach it.")
        raise Refused(sentence.format(server=found.server, why=error.why), field=FIELD) from None
    except PlatformError as error:
        raise Refused(str(error), field=FIELD) from None
    except (UserError, Refusal):
        # To mere questions an API server answers neither that it has no version nor that the question is wrong.
        sentence = _("{server} answers, but not as the API server of a cluster does. Check the address and its port.")
        raise Refused(sentence.format(server=found.server), field=FIELD) from None


def _not_accepted(found: KubeconfigAccess) -> str:
    if found.token:
        sentence = _(
            "{server} does not accept the token of this kubeconfig. Check that it is whole, of this cluster and not "
            "expired."
        )
    else:
        sentence = _(
            "{server} does not accept the client certificate of this kubeconfig. Check that it is of this cluster and "
            "not expired."
        )
    return sentence.format(server=found.server)


def _unsigned(found: KubeconfigAccess) -> str:
    if found.ca_pem:
        sentence = _(
            "{server} has a certificate that the CA in the kubeconfig did not sign. Put the CA of this cluster into "
            "certificate-authority-data."
        )
    else:
        sentence = _(
            "{server} has a certificate of a CA that is not generally known, and the kubeconfig has no CA. Put the one "
            "of this cluster into certificate-authority-data."
        )
    return sentence.format(server=found.server)
