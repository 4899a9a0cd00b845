import importlib

import phonenumbers


def place(number):
    from phonenumbers import geocoder

    return geocoder.description_for_number(number, "en")


def lambda_handler(event, context):
    number = phonenumbers.parse(event["number"])
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    zones = importlib.import_module("phonenumbers.timezone").time_zones_for_number(number)
    return {"valid": phonenumbers.is_valid_number(number), "shown": shown, "place": place(number), "zones": zones}
