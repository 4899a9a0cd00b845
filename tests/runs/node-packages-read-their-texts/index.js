'use strict';
const mail = require('mail-texts');
const manual = require('manual');
const help = require('nodemon/lib/help');

exports.handler = async ({ name, topic }) => ({
  texts: mail.names,
  mails: ['readme', 'history'].map((text) => mail.render(text, { name })),
  manual: [manual.help(), manual.news()],
  help: help(topic),
});
