import boto3

session = boto3.Session(aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret", region_name="eu-central-1")
clients = [session.client(name) for name in ("dynamodb", "iot", "iot-data", "s3", "sns", "sqs", "ssm")]


def lambda_handler(event, context):
    return [client.meta.endpoint_url for client in clients]
