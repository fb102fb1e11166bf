import '@kit'
import { arrive } from '@contract/host'
import { createApp } from 'vue'
import App from './App.vue'
import { router } from './router'

arrive()
createApp(App).use(router).mount('#app')
