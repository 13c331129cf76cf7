/** Which fields of the routing table the runtime reads, by the types of what it reads. */
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '../..');
const SCHEMA = join(ROOT, 'routing-table/schema.ts');

/**
 * Names such as `Server.pidFile`: the variable of the schema, and the field. A field of the same name of something else
 * does not count, nor does what {@link skipped} reads.
 */
export function tableFieldsRead(skipped: string): ReadonlySet<string> {
  const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { fileNames, options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
  const runtime = fileNames.filter((name) => name.startsWith(join(ROOT, 'runtime/')));
  const program = ts.createProgram(runtime, options);
  const checker = program.getTypeChecker();
  const found = new Set<string>();
  for (const name of runtime) {
    const source = program.getSourceFile(name);
    if (source !== undefined && !name.endsWith(skipped)) visit(source);
  }
  return found;

  function visit(node: ts.Node): void {
    for (const declaration of symbolRead(node, checker)?.declarations ?? []) {
      const field = nameInSchema(declaration);
      if (field !== null) found.add(field);
    }
    ts.forEachChild(node, visit);
  }
}

/** All fields of the records of the schema with these names, as in {@link tableFieldsRead}. */
export function tableFields(records: ReadonlySet<string>): readonly string[] {
  const source = ts.createSourceFile(
    SCHEMA,
    ts.sys.readFile(SCHEMA) ?? '',
    ts.ScriptTarget.ES2022,
    true,
  );
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node)) {
      const field = nameInSchema(node);
      if (field !== null && records.has(field.split('.')[0] ?? '')) found.push(field);
      // What is inside of a field is a record of its own.
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function symbolRead(node: ts.Node, checker: ts.TypeChecker): ts.Symbol | undefined {
  if (ts.isPropertyAccessExpression(node)) return checker.getSymbolAtLocation(node.name);
  if (!ts.isBindingElement(node) || !ts.isObjectBindingPattern(node.parent)) return undefined;
  const name = node.propertyName ?? node.name;
  if (!ts.isIdentifier(name)) return undefined;
  return checker.getTypeAtLocation(node.parent).getProperty(name.text);
}

function nameInSchema(declaration: ts.Node): string | null {
  if (declaration.getSourceFile().fileName !== SCHEMA) return null;
  if (!ts.isPropertyAssignment(declaration) || !ts.isIdentifier(declaration.name)) return null;
  const variable = ts.findAncestor(declaration, ts.isVariableDeclaration);
  if (variable === undefined || !ts.isIdentifier(variable.name)) return null;
  return `${variable.name.text}.${declaration.name.text}`;
}
