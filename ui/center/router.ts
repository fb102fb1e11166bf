import type { Right } from '@contract/center-client'
import { createRouter, createWebHashHistory } from 'vue-router'
import { may } from './session'
import type { Words } from './words'

declare module 'vue-router' {
  interface RouteMeta {
    /** Which entry of the menu it belongs to. */
    section: keyof Words['nav']
  }
}

/** The entries of the menu, with the right each needs; none means everyone who is signed in. */
export const sections: { name: keyof Words['nav']; right: Right | null }[] = [
  { name: 'queue', right: 'read_cases' },
  { name: 'overview', right: 'read_overview' },
  { name: 'stations', right: 'read_stations' },
  { name: 'matters', right: null },
  { name: 'people', right: null },
]

/** The entries the signed-in account may open. */
export const openSections = () => sections.filter(({ right }) => right === null || may(right))

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', name: 'home', meta: { section: 'queue' }, component: { render: () => null } },
    { path: '/queue', name: 'queue', meta: { section: 'queue' }, component: () => import('./screens/QueueScreen.vue') },
    { path: '/cases/:id', name: 'case', meta: { section: 'queue' }, props: true, component: () => import('./screens/CaseScreen.vue') },
    { path: '/overview', name: 'overview', meta: { section: 'overview' }, component: () => import('./screens/OverviewScreen.vue') },
    { path: '/stations', name: 'stations', meta: { section: 'stations' }, component: () => import('./screens/StationsScreen.vue') },
    { path: '/matters', name: 'matters', meta: { section: 'matters' }, component: () => import('./screens/MattersScreen.vue') },
    { path: '/matter-upload', name: 'upload', meta: { section: 'matters' }, component: () => import('./screens/UploadScreen.vue') },
    { path: '/matters/:code', name: 'matter', meta: { section: 'matters' }, props: true, component: () => import('./screens/MatterScreen.vue') },
    { path: '/people/:tab?', name: 'people', meta: { section: 'people' }, props: (route) => ({ tab: String(route.params['tab'] ?? '') }), component: () => import('./screens/PeopleScreen.vue') },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})
