const { greet } = require('greet');

exports.handler = async (event) => greet(event.name);
