"""The greeter: it says which task has answered, and finishes its calls when it is stopped."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

messages, services = grpc.protos_and_services("greeter.proto")
TASK = os.environ.get("ECS_CONTAINER_METADATA_URI_V4", "/none").rsplit("/", 1)[-1][:12]


class Greeter(services.GreeterServicer):
    """The methods of greeter.proto."""

    def Hello(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Greet one."""
        return messages.Greeting(text=f"Hello, {request.name}", task=TASK)

    def HelloEach(self, request_iterator: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        """Greet each."""
        for request in request_iterator:
            yield self.Hello(request, context)


def main() -> None:
    """Serve until SIGTERM."""
    server = grpc.server(ThreadPoolExecutor(32))
    services.add_GreeterServicer_to_server(Greeter(), server)
    status = health.HealthServicer()
    status.set("", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(status, server)
    address = f"{os.environ.get('HOST', '0.0.0.0')}:{os.environ.get('PORT', '50051')}"
    server.add_insecure_port(address)
    server.start()
    print(f"serving at {address}")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    stop.wait()
    status.enter_graceful_shutdown()
    server.stop(grace=20).wait()


if __name__ == "__main__":
    main()
