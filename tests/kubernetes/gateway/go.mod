module slipway.dev/tests/kubernetes/gateway

go 1.24.0

require sigs.k8s.io/gateway-api v1.4.1
