import ts from 'typescript';

/** One import of a module, in whatever form it is written. */
export interface SourceImport {
  readonly specifier: string;
  /** Whether it is gone when the program runs: `import type`, `export type`, or a type written as `import('…')`. */
  readonly isTypeOnly: boolean;
}

/** A name that a file takes from its surroundings without importing it, such as `process` or `setTimeout`. */
export interface SourceGlobal {
  readonly name: string;
  readonly line: number;
}

/** What a source file needs from outside of itself, as the compiler reads it and not as it looks in the text. */
export interface SourceNeeds {
  readonly imports: readonly SourceImport[];
  /** Of the names that were asked for. */
  readonly globals: readonly SourceGlobal[];
}

/**
 * Reads the imports of a source file, and where it uses certain names of its surroundings.
 *
 * @param globals - Names to look for: `process`, or with a member `Date.now`. `new Date` is the clock: without arguments.
 * A name that is only a member (`x.process`) or a key does not count; a local one of the same name does.
 */
export function readNeeds(text: string, globals: readonly string[] = []): SourceNeeds {
  const source = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true);
  const imports: SourceImport[] = [];
  const found: SourceGlobal[] = [];
  const wanted = new Set(globals);

  const addImport = (specifier: ts.Node | undefined, isTypeOnly: boolean): void => {
    if (specifier === undefined) return;
    // What is put together when the program runs cannot be judged: it is shown as it is written, and fits no rule.
    imports.push({
      specifier: ts.isStringLiteralLike(specifier) ? specifier.text : specifier.getText(source),
      isTypeOnly,
    });
  };
  const addGlobal = (node: ts.Node, name: string): void => {
    if (!wanted.has(name)) return;
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    found.push({ name, line: line + 1 });
  };

  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      addImport(
        node.moduleSpecifier,
        node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword,
      );
    } else if (ts.isExportDeclaration(node)) {
      addImport(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      addImport(node.argument.literal, true);
    } else if (ts.isCallExpression(node) && isLoader(node.expression)) {
      addImport(node.arguments[0], false);
    } else if (ts.isNewExpression(node) && node.expression.getText(source) === 'Date') {
      if ((node.arguments ?? []).length === 0) addGlobal(node, 'new Date');
    } else if (ts.isPropertyAccessExpression(node)) {
      addGlobal(node, node.getText(source));
      if (node.expression.getText(source) === 'globalThis') addGlobal(node, node.name.text);
    } else if (ts.isIdentifier(node) && isOnItsOwn(node)) {
      addGlobal(node, node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { imports, globals: found };
}

/** `import(…)`, `require(…)` and `import.meta.resolve(…)`. */
function isLoader(callee: ts.Expression): boolean {
  return (
    callee.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(callee) && callee.text === 'require') ||
    callee.getText() === 'import.meta.resolve'
  );
}

/** Whether a name stands for a value here, not for a member, a key or a type. */
function isOnItsOwn(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isTypeNode(parent) || ts.isQualifiedName(parent)) return false;
  return !(
    (ts.isPropertyAssignment(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isPropertyDeclaration(parent)) &&
    parent.name === node
  );
}
