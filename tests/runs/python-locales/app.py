import gettext
from datetime import date

import pycountry
from babel.dates import format_date
from babel.numbers import format_currency
from faker import Faker

LOCALES = {"de_AT": "de", "nb_NO": "nb", "en_US": None}


def lambda_handler(event, context):
    locale = event["locale"]
    fake = Faker(["fr_CH", locale if locale != "nb_NO" else "no_NO"])
    Faker.seed(7)
    country = pycountry.countries.get(alpha_2="AT").name
    if LOCALES[locale]:
        names = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[LOCALES[locale]])
        country = names.gettext(country)
    return {
        "day": format_date(date(2026, 3, 7), format="full", locale=locale),
        "price": format_currency(1234.5, "EUR", locale=locale),
        "people": [fake.name() for _ in range(4)] + [fake.bban(), fake.company(), fake.sentence()],
        "country": country,
    }
