"""A load balancer on 127.0.0.1 that behaves as an Application Load Balancer (ALB) does; its listeners for TCP
and TLS as those of a Network Load Balancer do, without stickiness, idle timeout and the clients' addresses.

It speaks HTTP/1.1 and WebSocket, and on HTTPS listeners HTTP/2 to clients that choose it by ALPN, in the
event loop of its caller; to targets HTTP/1.1, or HTTP/2 and gRPC as their group says. Not run locally: slow
start, anomaly mitigation, authenticate and JWT actions, URL and host rewrites of rules, mutual TLS, WAF, the
AWSALBCORS twins of the stickiness cookies. X-Forwarded-Port is the local port, so that addresses an
application builds from it work. sourceIp conditions see 127.0.0.1.
"""
