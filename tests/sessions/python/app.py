import yaml
from pydantic import BaseModel


class Order(BaseModel):
    item: str
    count: int = 1


def lambda_handler(event, context):
    order = Order.model_validate(yaml.safe_load(event["order"]))
    return order.model_dump()
