import io
import re

import boto3
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

session = boto3.Session(aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret", region_name="eu-central-1")
names = ("dynamodb", "iot", "iot-data", "s3", "sns", "sqs", "ssm")
dynamodb, iot, iot_data, s3, sns, sqs, ssm = clients = [session.client(name) for name in names]

ACCESS_POINT = "arn:aws:s3:eu-central-1:123456789012:accesspoint/point"
PAGE = "<ListBucketResult>%s<Contents><Key>%s</Key><Size>7</Size></Contents></ListBucketResult>"
MORE = "<IsTruncated>true</IsTruncated><NextContinuationToken>next</NextContinuationToken>"
# What changes from call to call.
CHANGING = re.compile(r"((?:X-Amz-Credential|X-Amz-Date|X-Amz-Signature|Signature|Expires)=)[^&]*")
SENT = ("content-type", "host", "x-amz-target", "x-amz-sdk-checksum-algorithm", "x-amz-checksum-crc32", "range")


class Canned:
    """Answers what would go over the network, and notes it."""

    def __init__(self):
        self.answers, self.log = [], []

    def send(self, request, **_):
        headers = sorted((name.lower(), str(value)) for name, value in request.headers.items())
        body = request.body if isinstance(request.body, (bytes, str, type(None))) else request.body.read()
        self.log.append((request.method, request.url, [pair for pair in headers if pair[0] in SENT], body))
        status, text = self.answers.pop(0)
        raw = io.BytesIO(text.encode())
        raw.stream = lambda *_, **__: iter([text.encode()])
        return AWSResponse(request.url, status, {"content-length": str(len(text))}, raw)


canned = Canned()
for client in clients:
    client.meta.events.register("before-send", canned.send)


def call(method, answer="{}", status=200, **arguments):
    canned.answers = [(status, answer)]
    answer = method(**arguments)
    answer.pop("ResponseMetadata")
    return {key: value.read() if hasattr(value, "read") else value for key, value in answer.items()}


def pages():
    canned.answers = [(200, PAGE % (MORE, "a")), (200, PAGE % ("", "b"))]
    found = s3.get_paginator("list_objects_v2").paginate(Bucket="bucket", PaginationConfig={"PageSize": 1})
    return found.search("Contents[].[Key, Size]")


def missing():
    try:
        call(s3.get_object, "<Error><Code>NoSuchKey</Code><Key>k</Key></Error>", 404, Bucket="bucket", Key="k")
    except s3.exceptions.NoSuchKey as error:
        return str(error), error.response["Error"]


def throttled():
    try:
        call(ssm.get_parameter, '{"__type": "ParameterNotFound", "message": "none"}', 400, Name="n")
    except ClientError as error:
        return type(error).__name__, str(error)


def lambda_handler(event, context):
    canned.log.clear()
    results = [client.meta.endpoint_url for client in clients]
    item = {"id": {"S": "a"}, "n": {"N": "1"}}
    results.append(call(dynamodb.put_item, TableName="table", Item=item))
    results.append(call(dynamodb.query, '{"Items": [{"id": {"S": "a"}}], "Count": 1}', TableName="table"))
    results.append(call(iot.describe_endpoint, '{"endpointAddress": "a"}', endpointType="iot:Data-ATS"))
    results.append(call(iot_data.publish, topic="t", qos=1, payload=b"x"))
    results.append(call(s3.put_object, "", Bucket=ACCESS_POINT, Key="key", Body=b"body"))
    results.append(call(s3.get_object, "text", Bucket="bucket", Key="key", Range="bytes=0-3"))
    results.append(list(pages()))
    results.append(missing())
    results.append(throttled())
    answer = "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>"
    results.append(call(sns.publish, answer, TopicArn="arn:aws:sns:eu-central-1:123456789012:t", Message="m"))
    results.append(call(sqs.send_message, '{"MessageId": "m"}', QueueUrl="https://queue/1/q", MessageBody="m"))
    results.append(call(ssm.get_parameter, '{"Parameter": {"Name": "n", "Version": 3}}', Name="n"))
    canned.answers = [(404, ""), (200, "")]
    s3.get_waiter("bucket_exists").wait(Bucket="bucket", WaiterConfig={"Delay": 0})
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})
    results.append(CHANGING.sub(r"\1", url))
    post = s3.generate_presigned_post("bucket", "key")
    results.append((post["url"], sorted(post["fields"])))
    canned.answers = [(200, "")]
    s3.upload_fileobj(io.BytesIO(b"upload"), "bucket", "key")
    return results + canned.log
