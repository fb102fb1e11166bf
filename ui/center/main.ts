import { createApp } from 'vue'
import App from './App.vue'
import { anythingTyped } from './case/drafts'
import './console.scss'
import { applyPreferences } from './preferences'
import { router } from './router'
import { resume } from './session'

applyPreferences()
// The browser asks before it throws away words that were typed and not sent.
window.addEventListener('beforeunload', (event) => {
  if (anythingTyped()) event.preventDefault()
})
void resume()
createApp(App).use(router).mount('#app')
