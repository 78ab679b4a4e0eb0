import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import components from 'unplugin-vue-components/vite'
import { defineConfig } from 'vitest/config'
import { precompress } from './precompress.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
/** Two people on one working tree build each into a folder of their own. */
const outDir = process.env.HOTLINEBOX_STATIC ?? here('../static')
/** `npm run dev` talks to a running `hotlinebox serve`. */
const backend = process.env.HOTLINEBOX_URL ?? 'http://127.0.0.1:8080'

/** Parts of Element Plus of which ours are quicker to make: `src/widgets/`. */
const QUICKER: Record<string, { name: string; from: string; style: string }> = {
  ElSelect: { name: 'Select', from: '@/widgets/lists', style: 'select' },
  ElDropdown: { name: 'Dropdown', from: '@/widgets/lists', style: 'dropdown' },
  ElDatePicker: { name: 'default', from: '@/widgets/DatePicker.vue', style: 'date-picker' },
}
const quicker = (name: string): { name: string; from: string; sideEffects: string } | undefined => {
  const ours = QUICKER[name]
  return ours && { name: ours.name, from: ours.from, sideEffects: `element-plus/es/components/${ours.style}/style/css` }
}

/** Parts of Element Plus that the frame does without; they come with the first page that has one of them. */
const parts = (...names: string[]): RegExp =>
  new RegExp(`element-plus[\\/](?:es|theme-chalk)[\\/](?:(?:src|components)[\\/])?(?:el-)?(?:${names.join('|')})[\\/.]`)
const LATER = [
  { name: 'tables', test: parts('table', 'table-column', 'pagination') },
  { name: 'trees', test: parts('tree', 'tree-select') },
  {
    name: 'dates',
    test: new RegExp(`${parts('date-picker', 'date-picker-panel', 'time-picker', 'calendar').source}|node_modules[\\/]dayjs[\\/]`),
  },
  // What other parts ask of a form is in its constants and hooks: they stay with the frame.
  { name: 'forms', test: /element-plus[\\/]es[\\/]components[\\/]form[\\/](?:index|src[\\/]form)|theme-chalk[\\/](?:el-)?form|node_modules[\\/]async-validator[\\/]/ },
  {
    name: 'fields',
    test: parts('message-box', 'drawer', 'dialog', 'tabs', 'tab-pane', 'loading', 'empty', 'skeleton', 'collapse-transition', 'radio', 'radio-button', 'radio-group', 'switch', 'input-number', 'popconfirm', 'progress', 'upload', 'badge'),
  },
]
/** The frame itself: the first page needs all of it, and as small files it would cost a request each. */
const FRAME = /frontend[\\/]src[\\/](?:shell[\\/](?:SeatBar|SideNav|TopBar|LookSwitch|ahead)|stores|widgets|locale[\\/]said|api[\\/]client|alarms[\\/]AlarmBanner|format|desk[\\/](?:CallStrip|Softkeys|keys|open|ringer|targets))/

export default defineConfig({
  base: '/',
  plugins: [
    vue(),
    components({ dts: false, dirs: [], resolvers: [quicker, ElementPlusResolver({ importStyle: 'css' })] }),
    precompress(outDir),
  ],
  resolve: {
    alias: [
      { find: '@', replacement: here('./src') },
      { find: '@ctrl/tinycolor', replacement: here('./src/theme/nocolour.ts') },
    ],
  },
  define: {
    __VUE_I18N_LEGACY_API__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
    __INTLIFY_DROP_MESSAGE_COMPILER__: true, // what our sentences need is in src/locale/fill.ts
  },
  build: {
    outDir,
    emptyOutDir: true,
    manifest: 'manifest.json', // what a page loads: its weight is held by a test
    target: 'es2022',
    chunkSizeWarningLimit: 600,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // Few files: every request costs as much in headers as a small component weighs.
        codeSplitting: {
          groups: [
            { name: 'frame', test: FRAME, priority: 3 },
            { name: 'vue', test: /node_modules[\\/](@vue[\\/]|vue[\\/]|vue-router|vue-i18n|@intlify|pinia)/, priority: 4 },
            { name: 'ui', test: (id: string) => /node_modules[\\/]/.test(id) && !LATER.some((part) => part.test.test(id)), minShareCount: 3, priority: 1 },
            ...LATER.map((part) => ({ ...part, minShareCount: 2 })),
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      '/api': { target: backend, changeOrigin: true },
      '/live': { target: backend, ws: true, changeOrigin: true, rewriteWsOrigin: true },
      '/phones': { target: backend, ws: true, changeOrigin: true, rewriteWsOrigin: true },
    },
  },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
})
