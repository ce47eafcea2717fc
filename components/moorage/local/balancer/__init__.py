"""A load balancer on 127.0.0.1 that behaves as an Application Load Balancer (ALB) does; its listeners for TCP
and TLS as those of a Network Load Balancer do, without stickiness, idle timeout and the clients' addresses.

It speaks HTTP/1.1 (and WebSocket) to clients and targets, in the event loop of its caller. Not run
locally: HTTP/2 and gRPC to clients and targets, slow start, anomaly mitigation, authenticate and JWT actions,
URL and host rewrites of rules, mutual TLS, WAF, the AWSALBCORS twins of the stickiness cookies.
X-Forwarded-Port is the local port, so that addresses an application builds from it work. sourceIp conditions
see 127.0.0.1.
"""
