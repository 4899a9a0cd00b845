'use strict';
const path = require('node:path');
const ts = require('typescript');

const NAME = path.join(__dirname, 'event.mts');

exports.handler = async ({ source }) => {
  const options = {
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true, types: ['aws-lambda'],
  };
  const host = ts.createCompilerHost(options);
  const fromDisk = host.getSourceFile;
  host.getCurrentDirectory = () => __dirname;
  host.fileExists = (file) => file === NAME || ts.sys.fileExists(file);
  host.getSourceFile = (file, ...rest) => (file === NAME ? ts.createSourceFile(file, source, ...rest) : fromDisk(file, ...rest));
  const written = {};
  host.writeFile = (file, text) => { written[path.basename(file)] = text; };

  const program = ts.createProgram([NAME], options, host);
  const problems = ts.getPreEmitDiagnostics(program);
  program.emit();
  return {
    problems: problems.map((problem) => [problem.code, ts.flattenDiagnosticMessageText(problem.messageText, ' ')]),
    libraries: program.getSourceFiles().filter((file) => program.isSourceFileDefaultLibrary(file)).length,
    written,
  };
};
