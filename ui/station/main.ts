// First of all: it takes the token out of the address, where the router would read it.
import '@contract/host'
import '@kit'
import { createApp } from 'vue'
import App from './App.vue'
import { router } from './router'
import { watchPointers } from './state/press'

watchPointers(window)
createApp(App).use(router).mount('#app')
