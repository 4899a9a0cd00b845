export const run = (text) => text + text;
