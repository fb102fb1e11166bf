import { expect, test } from 'vitest'
import { spokenBrowser } from './account'

test('browsers are named as people know them', () => {
  const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
  expect(spokenBrowser(chrome)).toEqual({ browser: 'Chrome', system: 'Linux' })
  expect(spokenBrowser(`${chrome.replace('X11; Linux x86_64', 'Windows NT 10.0')} Edg/140.0.0.0`)).toEqual({ browser: 'Edge', system: 'Windows' })
  const safari = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'
  expect(spokenBrowser(safari)).toEqual({ browser: 'Safari', system: 'iOS' })
  expect(spokenBrowser('curl/8')).toEqual({ browser: '', system: '' })
})
