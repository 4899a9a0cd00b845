'use strict';
const ExcelJS = require('exceljs');
const YAML = require('yaml');

exports.handler = async ({ rows }) => {
  const book = new ExcelJS.Workbook();
  const sheet = book.addWorksheet('Levels', { views: [{ state: 'frozen', ySplit: 1 }] });
  sheet.addRows(rows);
  sheet.getCell('A1').font = { bold: true };
  sheet.getCell('C2').value = { formula: 'B2*2' };

  const read = new ExcelJS.Workbook();
  await read.xlsx.load(await book.xlsx.writeBuffer());
  const cells = [];
  read.getWorksheet('Levels').eachRow((row) => row.eachCell((cell) => cells.push([cell.address, cell.value, cell.font?.bold])));

  const document = YAML.parseDocument('# head\nlevels: &l [safe, balanced]\nagain: *l\nwhen: 2024-01-02\n');
  document.setIn(['levels', 2], 'aggressive');
  const failed = YAML.parseDocument('a: [1').errors.map((error) => error.code);
  return { cells, yaml: document.toString(), json: document.toJS(), failed, csv: String(await read.csv.writeBuffer()) };
};
