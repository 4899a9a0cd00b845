import { format, formatDistance } from 'date-fns';
import settings from './settings.json' with { type: 'json' };

const MAY = new Date(Date.UTC(2024, 4, 6, 12));

export const handler = async ({ locale, step }) => {
  const { default: words } = await import(`date-fns/locale/${locale}`);
  const { run } = await import(new URL(`./steps/${step}.js`, import.meta.url));
  const { default: camelCase } = await import(`lodash-es/${settings.function}.js`);
  const missing = await import(`./steps/${step}-missing.js`).catch((error) => error.code);
  return {
    date: format(MAY, 'PPPP', { locale: words }),
    ago: formatDistance(MAY, new Date(Date.UTC(2023, 0, 1)), { locale: words }),
    step: run(camelCase('Every removal has a name')),
    resolved: import.meta.resolve('date-fns/addDays').split('/node_modules/')[1],
    missing,
  };
};
