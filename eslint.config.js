import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  globalIgnores(['dist/', 'dist-types/', 'docs/api/', 'coverage/', 'runs/', '**/dist/', '**/node_modules/']),
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      'max-lines': ['error', 400],
      // Numbers in messages are the point; noUncheckedIndexedAccess makes `values[i]!` the idiom of loops.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    },
  },
  {
    files: ['test/**'],
    rules: { 'max-lines': ['error', 600] },
  },
  {
    // Examples are projects of their own: their tests compile them where their packages are installed.
    files: ['**/*.{js,mjs,cjs}', 'examples/**'],
    extends: [tseslint.configs.disableTypeChecked],
  },
);
