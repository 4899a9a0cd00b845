import boto3
from botocore.stub import Stubber

session = boto3.Session(aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret", region_name="eu-central-1")


def run(order, about):
    """Nothing in its name or its parameters says that Lambda calls it."""
    client = session.client(order["service"])
    with Stubber(client) as stubber:
        stubber.add_response(order["operation"], order["answer"])
        answer = getattr(client, order["operation"])()
    answer.pop("ResponseMetadata", None)
    return {"host": client.meta.endpoint_url, "answer": answer}


# The clients that most events ask for are made in the init phase.
warm = run({"service": "s3", "operation": "list_buckets", "answer": {}}, None)

if __name__ == "__main__":
    print(run({"service": "sns", "operation": "list_topics", "answer": {}}, None))
