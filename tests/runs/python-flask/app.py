from flask import Flask, render_template, url_for
from werkzeug.debug.tbtools import DebugTraceback
from werkzeug.test import Client

app = Flask(__name__)


@app.route("/hello/<name>")
def hello(name):
    return render_template("hello.html", name=name, address=url_for("static", filename="README.md"))


@app.route("/debugger")
def debugger():
    try:
        raise ValueError("shown")
    except ValueError as error:
        page = DebugTraceback(error).render_debugger_html(evalex=False, secret="x", evalex_trusted=False)
        return str("ValueError: shown" in page)


def lambda_handler(event, context):
    response = Client(app).get(event["path"])
    return {"status": response.status, "type": response.content_type, "text": response.get_data(as_text=True)}
