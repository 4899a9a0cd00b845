const express = require('express');
const yaml = require('yaml');

const app = express();
app.get('/hello/:name', (request, response) => response.send(yaml.stringify({ hello: request.params.name })));

exports.handler = async (event) => {
  const server = app.listen(0);
  const answer = await fetch(`http://127.0.0.1:${server.address().port}${event.path}`);
  server.close();
  return answer.text();
};
