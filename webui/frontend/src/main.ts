import { createPinia } from 'pinia'
import { createApp } from 'vue'
import 'element-plus/es/components/message/style/css'
import 'element-plus/theme-chalk/base.css'
import 'element-plus/theme-chalk/dark/css-vars.css'
import './theme/base.css'
import App from './App.vue'
import { configureApi } from './api/client'
import { i18n } from './locale'
import { buildRouter } from './router'
import { useConfirm } from './stores/confirm'
import { useSession } from './stores/session'

const app = createApp(App).use(createPinia()).use(i18n)
const session = useSession()
const router = buildRouter(session)

configureApi({
  lost: () => session.expire(),
  sentence: (status) => {
    const known = [0, 403, 404, 413, 503].includes(status) ? String(status) : 'other'
    return i18n.global.t(`errors.http.${known}`, { status })
  },
  confirm: (text) => useConfirm().ask(text),
})

app.use(router).mount('#app')
