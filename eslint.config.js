import js from '@eslint/js'
import globals from 'globals'
import ts from 'typescript-eslint'
import vue from 'eslint-plugin-vue'
import vueParser from 'vue-eslint-parser'

/** Libraries that one room only may import, and the room that may. */
const kept = [
  { room: 'ui/contract', group: ['@tauri-apps/*', 'openapi-fetch'], message: 'Pages reach the host through @contract only.' },
  { room: 'ui/kit', group: ['element-plus', 'element-plus/*', '@element-plus/*'], message: 'Element Plus is used through @kit only.' },
]
const network = ['fetch', 'XMLHttpRequest', 'EventSource', 'WebSocket']
const networkMessage = 'Pages reach the host through @contract only.'

/** The import and network rules for files of `room`, or for every other file when it is null. */
const arrows = (room) => {
  const closed = kept.filter((library) => library.room !== room)
  return {
    'no-restricted-imports': ['error', { patterns: closed.map(({ group, message }) => ({ group, message })) }],
    'no-restricted-syntax': [
      'error',
      ...closed.map(({ group, message }) => ({
        // `import('…')` is no import declaration, so it needs a rule of its own.
        selector: `ImportExpression[source.value=/^(${group.map((name) => name.replaceAll('/*', '').replaceAll('/', '\\u002F')).join('|')})(\\u002F|$)/]`,
        message,
      })),
    ],
    ...(room === 'ui/contract'
      ? {}
      : {
          'no-restricted-globals': ['error', ...network.map((name) => ({ name, message: networkMessage }))],
          'no-restricted-properties': [
            'error',
            ...['window', 'globalThis', 'self'].flatMap((object) =>
              network.map((property) => ({ object, property, message: networkMessage })),
            ),
          ],
        }),
  }
}

export default ts.config(
  { ignores: ['node_modules', 'target', 'data', 'ui/dist', 'test-results', 'ui/contract/generated', 'ui/contract/**/*.d.ts', 'src-tauri/gen'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      // TypeScript checks names and types; ESLint would only repeat it, and miss type names.
      'no-undef': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-console': 'error',
      'vue/no-v-html': 'error',
      // Chinese text is set with the ideographic space; elsewhere it would be a slip.
      'no-irregular-whitespace': ['error', { skipTemplates: true, skipComments: true }],
      // How a template is wrapped is a matter of taste; whether it is right is not.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/attributes-order': 'off',
      'vue/require-default-prop': 'off',
      'vue/multi-word-component-names': 'off',
    },
  },
  {
    files: ['**/*.vue'],
    languageOptions: { parser: vueParser, parserOptions: { parser: ts.parser, sourceType: 'module' } },
    rules: {
      'no-irregular-whitespace': 'off',
      'vue/no-irregular-whitespace': [
        'error',
        { skipTemplates: true, skipComments: true, skipHTMLAttributeValues: true, skipHTMLTextContents: true },
      ],
    },
  },
  { files: ['ui/**/*.{ts,vue}'], rules: arrows(null) },
  { files: ['ui/kit/**/*.{ts,vue}'], rules: arrows('ui/kit') },
  { files: ['ui/contract/**/*.ts'], rules: { ...arrows('ui/contract'), 'no-restricted-globals': 'off', 'no-restricted-properties': 'off' } },
)
