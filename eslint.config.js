import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['artifacts/', 'build/', 'dist/', '.cache/', '.svelte-kit/', 'coverage/'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all' },
      ],
      // SvelteKit's declaration of App is a namespace.
      '@typescript-eslint/no-namespace': ['error', { allowDeclarations: true }],
    },
  },
);
