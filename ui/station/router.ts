import { createRouter, createWebHashHistory } from 'vue-router'
import { look, start, strip } from './state/session'

let started: Promise<void> | undefined

/** Addresses hold application ids and matter codes, never anything personal. */
export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', name: 'desk', component: () => import('./screens/Desk.vue') },
    { path: '/enrol', name: 'enrol', component: () => import('./screens/Enrol.vue') },
    { path: '/unlock', name: 'unlock', component: () => import('./screens/Unlock.vue') },
    { path: '/new', name: 'picker', component: () => import('./screens/Picker.vue') },
    { path: '/new/:code', name: 'notice', component: () => import('./screens/Notice.vue'), props: true },
    { path: '/application/:id', name: 'application', component: () => import('./screens/ApplicationPage.vue'), props: true },
    { path: '/application/:id/take/:step?', name: 'intake', component: () => import('./screens/Intake.vue'), props: true },
    { path: '/application/:id/receipt', name: 'receipt', component: () => import('./screens/ReceiptPage.vue'), props: true },
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
