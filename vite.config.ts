import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The host each interface talks to while it is being developed with `npm run dev:…`. */
const hosts = { station: 'http://127.0.0.1:8610', center: 'http://127.0.0.1:8600' }

/** What pdf.js reads while it draws: encodings of Chinese fonts, the fonts that every PDF may count on, decoders of pictures. */
const besidePdf: Plugin = {
  name: 'beside-pdf',
  apply: 'build',
  generateBundle() {
    for (const folder of ['cmaps', 'standard_fonts', 'wasm']) {
      const from = here(`node_modules/pdfjs-dist/${folder}`)
      for (const name of readdirSync(from)) this.emitFile({ type: 'asset', fileName: `assets/pdf/${folder}/${name}`, source: readFileSync(join(from, name)) })
    }
  },
}

export default defineConfig(({ mode }) => {
  const target = mode === 'center' ? 'center' : 'station'
  const testing = mode === 'test'
  return {
    root: testing ? here('.') : here(`ui/${target}`),
    plugins: [vue(), ...(target === 'center' ? [besidePdf] : [])],
    resolve: { alias: { '@kit': here('ui/kit'), '@contract': here('ui/contract') } },
    css: { preprocessorOptions: { scss: { loadPaths: [here('node_modules')] } } },
    define: {
      __VUE_OPTIONS_API__: 'true',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    },
    build: {
      outDir: here(`ui/dist/${target}`),
      emptyOutDir: true,
      // The oldest web view we promise: WebKitGTK 2.40 and Android System WebView 111.
      target: ['es2022', 'safari16', 'chrome111'],
      // The content security policy allows no inline scripts and no data: fonts.
      assetsInlineLimit: 0,
      ...(target === 'center' && { rolldownOptions: { input: [here('ui/center/index.html'), here('ui/center/paper.html')] } }),
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 1800,
    },
    server: {
      port: target === 'center' ? 5601 : 5610,
      strictPort: true,
      proxy: { '^/(api|rpc|files|sync|events)(/|$)': { target: hosts[target] } },
    },
    test: { include: ['ui/**/*.test.ts'], environment: 'node', passWithNoTests: false },
  }
})
