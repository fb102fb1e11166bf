import { createRouter, createWebHashHistory } from 'vue-router'
import ApplicationPage from './screens/ApplicationPage.vue'
import DayEnd from './screens/DayEnd.vue'
import Desk from './screens/Desk.vue'
import Enrol from './screens/Enrol.vue'
import Guide from './screens/Guide.vue'
import Intake from './screens/Intake.vue'
import Notice from './screens/Notice.vue'
import Picker from './screens/Picker.vue'
import ReceiptPage from './screens/ReceiptPage.vue'
import SyncPage from './screens/SyncPage.vue'
import Unlock from './screens/Unlock.vue'
import { look, start, strip } from './state/session'

let started: Promise<void> | undefined

/** Addresses hold application ids and matter codes, never anything personal. */
export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', name: 'desk', component: Desk },
    { path: '/enrol', name: 'enrol', component: Enrol },
    { path: '/unlock', name: 'unlock', component: Unlock },
    { path: '/sync', name: 'sync', component: SyncPage },
    { path: '/day-end', name: 'day-end', component: DayEnd },
    { path: '/new', name: 'picker', component: Picker },
    { path: '/new/:code', name: 'notice', component: Notice, props: true },
    { path: '/new/:code/guide', name: 'guide', component: Guide, props: true },
    { path: '/application/:id', name: 'application', component: ApplicationPage, props: true },
    { path: '/application/:id/take/:step?', name: 'intake', component: Intake, props: true },
    { path: '/application/:id/receipt', name: 'receipt', component: ReceiptPage, props: true },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

/** The only screen that fits the state of the device, if there is only one. */
export function gate(): 'enrol' | 'unlock' | null {
  if (strip.value === null) return null
  if (!strip.value.enrolled) return 'enrol'
  return strip.value.staff === null ? 'unlock' : null
}

router.beforeEach(async (to) => {
  started ??= start()
  await started
  if (strip.value === null) await look()
  const only = gate()
  if (only !== null) return to.name === only ? true : { name: only, query: only === 'unlock' && to.fullPath !== '/' ? { then: to.fullPath } : {} }
  return to.name === 'enrol' || to.name === 'unlock' ? { name: 'desk' } : true
})
