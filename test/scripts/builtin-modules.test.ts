import { describe, expect, test } from 'vitest';

import { withBuiltinModules } from '../../scripts/build/builtin-modules.ts';

describe('withBuiltinModules', () => {
  test.each([
    [
      'import { readFileSync, statSync as stat } from "node:fs";',
      'const { readFileSync, statSync: stat } = process.getBuiltinModule("node:fs");',
    ],
    [
      'import {\n  join,\n  resolve as resolve2\n} from "node:path";',
      'const {\n  join,\n  resolve: resolve2\n} = process.getBuiltinModule("node:path");',
    ],
    ['import path from "node:path";', 'const path = process.getBuiltinModule("node:path");'],
    ['import * as net from "node:net";', 'const net = process.getBuiltinModule("node:net");'],
    [
      'import fs, { statSync } from "node:fs";',
      'const fs = process.getBuiltinModule("node:fs"); const { statSync } = process.getBuiltinModule("node:fs");',
    ],
  ])('takes for %j the module itself', (statement, expected) => {
    expect(withBuiltinModules(`let a;\n${statement}\nlet b;\n`)).toBe(
      `let a;\n${expected}\nlet b;\n`,
    );
  });

  test('takes child_process, where it is taken whole, only when something of it is used', () => {
    expect(withBuiltinModules('import child from "node:child_process";')).toBe(
      'const child = new Proxy({}, { get: (_, name) => process.getBuiltinModule("node:child_process")[name] });',
    );
  });

  test.each(['import { z } from "zod";', 'import "node:fs";', 'export { a } from "./node:fs";'])(
    'leaves %j alone',
    (statement) => {
      expect(withBuiltinModules(statement)).toBe(statement);
    },
  );
});
