"""Works on one order after the other, until it is stopped."""

import json
import os
import signal
import time

import boto3

queue, sqs = os.environ["QUEUE_URL"], boto3.client("sqs")
stopped = False


def stop(*_: object) -> None:
    """End after the order in work: ECS sends SIGTERM, and SIGKILL after `stop_timeout`."""
    global stopped
    stopped = True


signal.signal(signal.SIGTERM, stop)
while not stopped:
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=1, WaitTimeSeconds=1)
    for message in found.get("Messages", []):
        order = json.loads(message["Body"])
        time.sleep(float(order["seconds"]))
        # Only now: an order whose task dies before comes back after the visibility timeout.
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        print("worked on order", order["id"])
