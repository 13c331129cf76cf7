import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Folders that a folder may not import from; `test/architecture.test.ts` holds the rest of the rule. */
const FORBIDDEN_IMPORTS = {
  grammar: ['compiler', 'routing-table', 'runtime', 'cli'],
  'routing-table': ['compiler', 'runtime', 'cli'],
  compiler: ['runtime', 'cli'],
  runtime: ['compiler', 'grammar', 'cli'],
};

export default defineConfig(
  globalIgnores(['dist', 'coverage', 'node_modules', 'test/conformance/runtime/backends']),
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // A `using` variable is there for its end.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreUsingDeclarations: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-assertions': [
        'error',
        { assertionStyle: 'as', objectLiteralTypeAssertions: 'never' },
      ],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
  {
    files: ['samples/*/www/*.js'],
    languageOptions: {
      globals: {
        document: 'readonly',
        fetch: 'readonly',
        performance: 'readonly',
        DOMParser: 'readonly',
      },
    },
  },
  {
    files: ['runtime/**/*.ts'],
    rules: {
      // V8 places a function that is written where it is assigned to a property, and an accessor in an object literal, among
      // what is old. What it sees then outlives its request until a full collection.
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'AssignmentExpression[left.type="MemberExpression"]:matches([right.type="ArrowFunctionExpression"], [right.type="FunctionExpression"])',
          message:
            'Give the function a name first: assigned as it is written, it outlives its request.',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    ignores: ['test/support/wait-for.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'vi',
          property: 'waitFor',
          message: 'It gives up after a second: take waitFor of test/support/wait-for.ts.',
        },
      ],
    },
  },
  ...Object.entries(FORBIDDEN_IMPORTS).map(([folder, forbidden]) => ({
    files: [`${folder}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: forbidden.map((name) => ({
            regex: `^(\\.\\./)+${name}/`,
            message: `${folder}/ may not import ${name}/ (ARCHITECTURE.md, "Who may import whom").`,
          })),
        },
      ],
    },
  })),
);
