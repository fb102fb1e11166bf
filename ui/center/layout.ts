import { onBeforeUnmount, onMounted, ref, watch } from 'vue'
import { preferences } from './preferences'

/** `beside`: form and scans side by side. `stacked`: scans above the form. `tabs`: one at a time. */
export type Layout = 'beside' | 'stacked' | 'tabs'

/** The layout for a window of this size, in rem: larger text on the same screen is a smaller screen. */
export function layoutFor(width: number, height: number): Layout {
  if (width >= 42 && width > height && height >= 24) return 'beside'
  return width >= 33 && height >= 40 ? 'stacked' : 'tabs'
}

/** Whether there is room for the list of pages beside the page that is looked at. */
export const roomyFor = (width: number, layout: Layout): boolean => layout === 'stacked' || (layout === 'beside' && width >= 52)

/** The layout of the case page, following window and text size. */
export function useLayout() {
  const layout = ref<Layout>('beside')
  const roomy = ref(true)
  const measure = () => {
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 20
    layout.value = layoutFor(window.innerWidth / rem, window.innerHeight / rem)
    roomy.value = roomyFor(window.innerWidth / rem, layout.value)
  }
  onMounted(() => {
    measure()
    window.addEventListener('resize', measure)
  })
  onBeforeUnmount(() => window.removeEventListener('resize', measure))
  watch(() => preferences.size, measure, { flush: 'post' })
  return { layout, roomy }
}
