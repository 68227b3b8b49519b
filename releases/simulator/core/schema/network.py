"""Services, Ingresses, Gateways and HTTPRoutes."""

from __future__ import annotations

from .model import (
    BOOLEAN,
    CONDITIONS,
    INT_OR_STRING,
    INTEGER,
    LABEL_SELECTOR,
    OPEN,
    STRING,
    TEXTS,
    ListOf,
    MapOf,
    atomic,
    custom,
    rows,
    standing,
    struct,
    whole,
)

_BALANCER = standing(struct(ingress=ListOf(struct("ip", "hostname", "ipMode", ports=ListOf(OPEN)))))
SERVICE = whole(
    spec=struct(
        "type",
        "clusterIP",
        "sessionAffinity",
        "externalName",
        "externalTrafficPolicy",
        "internalTrafficPolicy",
        "ipFamilyPolicy",
        "loadBalancerIP",
        "loadBalancerClass",
        "trafficDistribution",
        ports=rows(
            struct("name", "protocol", "appProtocol", port=INTEGER, targetPort=INT_OR_STRING, nodePort=INTEGER),
            "port",
            "protocol",
            merge="port",
            protocol="TCP",
        ),
        selector=MapOf(STRING, atomic=True),
        clusterIPs=TEXTS,
        externalIPs=TEXTS,
        loadBalancerSourceRanges=TEXTS,
        ipFamilies=TEXTS,
        healthCheckNodePort=INTEGER,
        publishNotReadyAddresses=BOOLEAN,
        allocateLoadBalancerNodePorts=BOOLEAN,
        sessionAffinityConfig=struct(clientIP=struct(timeoutSeconds=INTEGER)),
    ),
    status=struct(loadBalancer=_BALANCER, conditions=CONDITIONS),
)
_BACKEND = struct(
    service=struct("name", port=standing(atomic("name", number=INTEGER))), resource=atomic("apiGroup", "kind", "name")
)
INGRESS = whole(
    spec=struct(
        "ingressClassName",
        defaultBackend=_BACKEND,
        tls=ListOf(struct("secretName", hosts=TEXTS)),
        rules=ListOf(
            struct("host", http=struct(paths=ListOf(struct("path", "pathType", backend=_BACKEND)))),
        ),
    ),
    status=struct(loadBalancer=_BALANCER),
)
_ROUTE_NAMESPACES = struct("from", selector=LABEL_SELECTOR)
GATEWAY = custom(
    spec=struct(
        "gatewayClassName",
        listeners=rows(
            struct(
                "name",
                "hostname",
                "protocol",
                port=INTEGER,
                tls=struct("mode", certificateRefs=ListOf(struct("group", "kind", "name", "namespace")), options=OPEN),
                allowedRoutes=struct(namespaces=_ROUTE_NAMESPACES, kinds=ListOf(struct("group", "kind"))),
            ),
            "name",
        ),
        addresses=ListOf(struct("type", "value")),
        infrastructure=OPEN,
        backendTLS=OPEN,
        allowedListeners=OPEN,
    ),
    status=struct(addresses=ListOf(struct("type", "value")), conditions=CONDITIONS, listeners=rows(OPEN, "name")),
)
_HEADER_MATCH = struct("name", "type", "value")
_BACKEND_REF = struct("group", "kind", "name", "namespace", port=INTEGER, weight=INTEGER, filters=ListOf(OPEN))
_ROUTE_RULE = struct(
    "name",
    matches=ListOf(
        struct(
            "method",
            path=struct("type", "value"),
            headers=rows(_HEADER_MATCH, "name"),
            queryParams=rows(_HEADER_MATCH, "name"),
        )
    ),
    filters=ListOf(OPEN),
    backendRefs=ListOf(_BACKEND_REF),
    timeouts=struct("request", "backendRequest"),
    retry=OPEN,
    sessionPersistence=OPEN,
)
HTTP_ROUTE = custom(
    spec=struct(
        "useDefaultGateways",
        parentRefs=ListOf(struct("group", "kind", "name", "namespace", "sectionName", port=INTEGER)),
        hostnames=TEXTS,
        rules=ListOf(_ROUTE_RULE),
    ),
    status=struct(parents=ListOf(OPEN)),
)
