import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import hooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

const PROCESS_ENV = 'Read the environment through core/env.ts: it names the bad variable at start, and one place says what there is.'
const CLIENT_IMPORT =
  'A client component imports only core/segmentation and core/contracts: the rest would put Node and the database in the page.'

/** Files that begin with "use client": what they import lands in the browser's bundle. */
function clientFiles(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return clientFiles(path)
    return /\.tsx?$/.test(name) && /^\s*['"]use client['"]/.test(readFileSync(path, 'utf8')) ? [path] : []
  })
}

export default tseslint.config(
  { ignores: ['node_modules/', '.next/', '.karyon/', 'core/generated/', 'next-env.d.ts'] },
  ...tseslint.configs.strict,
  { plugins: { 'react-hooks': hooks }, rules: { 'react-hooks/rules-of-hooks': 'error', 'react-hooks/exhaustive-deps': 'error' } },
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      'no-empty': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
    },
  },
  {
    files: ['core/**', 'networks/**', 'trainer/**', 'model-registry/**', 'app/**', 'cli/**', 'proxy.ts'],
    ignores: ['core/env.ts'],
    rules: { 'no-restricted-properties': ['error', { object: 'process', property: 'env', message: PROCESS_ENV }] },
  },
  {
    files: ['app/**/*.client-components', ...clientFiles('app')], // the first matches nothing: an empty list is refused
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(@/|(\\.\\./)+)(core/(?!segmentation/|contracts/)|model-registry|networks|trainer|cli|setup)',
              allowTypeImports: true,
              message: CLIENT_IMPORT,
            },
          ],
        },
      ],
    },
  },
  // noUncheckedIndexedAccess makes every pixel read possibly undefined; in the pixel loops an index is in range by construction.
  {
    files: ['core/segmentation/**', 'core/datasets/**', 'networks/**', 'trainer/**', 'test/**', 'bench/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
)
