import io
import re

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config

requests = []
REFUSED = b"<Response><Errors><Error><Code>Denied</Code><Message>no</Message></Error></Errors></Response>"


class Raw(io.BytesIO):
    """What urllib3 would hand to botocore."""

    def stream(self, **_):
        yield self.read()


def answer(request, **_):
    """Stands in for the network: notes the request, answers as the service would."""
    target = request.headers.get("X-Amz-Target", b"")
    target = target.decode() if isinstance(target, bytes) else target
    requests.append([request.method, re.sub(r"X-Amz-(Date|Signature).*", "", request.url), target])
    texts = {"Scan": b'{"Items": [{"id": {"N": "7"}}], "Count": 1}', "DescribeTable": b'{"Table": {"TableStatus": "ACTIVE"}}',
             "ListQueues": b'{"QueueUrls": ["https://sqs/1/a"]}'}
    text = next((text for name, text in texts.items() if target.endswith(name)), None)
    return AWSResponse(request.url, 200 if text else 403, {"Content-Type": "application/json"}, Raw(text or REFUSED))


session = boto3.Session(aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret", region_name="eu-central-1")
session.events.register("before-send", answer)


def lambda_handler(event, context):
    requests.clear()
    client = session.client(event["service"])
    dynamodb = session.resource("dynamodb")
    table = dynamodb.Table(event["table"])
    table.wait_until_exists()
    pages = list(session.client("sqs").get_paginator("list_queues").paginate())
    signed = session.client("s3", config=Config(signature_version="s3v4")).generate_presigned_url("get_object", {"Bucket": "b", "Key": "ü"})
    try:
        session.client("ec2").describe_regions()
    except Exception as error:
        failed = [type(error).__name__, str(error)]
    return {
        "operations": len(client.meta.service_model.operation_names),
        "scan": [str(item["id"]) for item in table.scan()["Items"]],
        "pages": [page["QueueUrls"] for page in pages],
        "signed": signed.split("?")[0],
        "services": len(session.get_available_services()),
        "regions": len(session.get_available_regions("lambda")),
        "failed": failed,
        "requests": list(requests),
    }
