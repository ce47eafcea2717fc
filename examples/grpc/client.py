"""Call the greeter: python3 client.py HOST[:PORT] [--ca FILE] NAME..."""

import argparse
import sys
from pathlib import Path

import grpc

sys.path.insert(0, str(Path(__file__).parent / "app"))
messages, services = grpc.protos_and_services("greeter.proto")

parser = argparse.ArgumentParser()
parser.add_argument("address")
parser.add_argument(
    "--ca", type=Path, help="the certificate to trust, on your machine .moorage/localhost.crt"
)
parser.add_argument("names", nargs="+")
options = parser.parse_args()

credentials = grpc.ssl_channel_credentials(options.ca.read_bytes() if options.ca else None)
with grpc.secure_channel(options.address.removeprefix("https://").rstrip("/"), credentials) as channel:
    greeter = services.GreeterStub(channel)
    for name in options.names:
        answer = greeter.Hello(messages.Name(name=name), timeout=10)
        print(f"{answer.text} (from {answer.task})")
    together = greeter.HelloEach((messages.Name(name=name) for name in options.names), timeout=10)
    print("in one call:", "; ".join(answer.text for answer in together))
