/** The SDK as JavaScript modules with their types, a file for each source. */
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { projectRoot } from '../lib/paths.ts';

const sources = join(projectRoot, 'app/lib');

/** Sources that are JavaScript already, with their types beside them. */
const PLAIN = ['lock.mjs', 'lock.d.mts'];

/** A relative file name in quotes: of an import, of a type, or of a worker's file, which the compiler does not know as such. */
const SOURCE_NAME = /(['"])(\.{1,2}\/[^'"\n]+)\.ts\1/g;

/**
 * Compiles the SDK.
 * @throws Error with the compiler's complaints
 */
export async function compileForNode(out: string): Promise<void> {
  const { fileNames, options } = settings(out);
  const program = ts.createProgram(fileNames, options);
  refuse(ts.getPreEmitDiagnostics(program));
  const { diagnostics } = program.emit(undefined, (file, text) =>
    ts.sys.writeFile(file, text.replace(SOURCE_NAME, '$1$2.js$1')),
  );
  refuse(diagnostics);
  await mkdir(join(out, 'host'), { recursive: true });
  for (const file of PLAIN) await copyFile(join(sources, 'host', file), join(out, 'host', file));
}

/** The project's own settings, but for what is written, and only for the SDK. */
function settings(out: string): ts.ParsedCommandLine {
  const { config } = ts.readConfigFile(join(projectRoot, 'tsconfig.json'), ts.sys.readFile) as {
    config: { compilerOptions: object };
  };
  const compilerOptions = {
    ...config.compilerOptions,
    noEmit: false,
    declaration: true,
    rewriteRelativeImportExtensions: true,
    rootDir: sources,
    outDir: out,
    types: ['node'],
  };
  return ts.parseJsonConfigFileContent({ compilerOptions, include: ['app/lib/**/*.ts'] }, ts.sys, projectRoot);
}

function refuse(diagnostics: readonly ts.Diagnostic[]): void {
  if (diagnostics.length === 0) return;
  throw new Error(
    ts.formatDiagnostics(diagnostics, {
      getCurrentDirectory: () => projectRoot,
      getCanonicalFileName: (name) => name,
      getNewLine: () => '\n',
    }),
  );
}
