from googleapiclient import discovery
from googleapiclient.http import HttpMock

SHEETS = ("sheets", "v4")


def drive():
    return discovery.build("drive", "v3", http=HttpMock(), cache_discovery=False).files().list(pageSize=3)


def sheets():
    service, version = SHEETS
    api = discovery.build(service, version, http=HttpMock(), cache_discovery=False)
    return api.spreadsheets().values().get(spreadsheetId="a", range="b")


def lambda_handler(event, context):
    request = {"drive": drive, "sheets": sheets}[event["api"]]()
    return {"method": request.method, "uri": request.uri}
