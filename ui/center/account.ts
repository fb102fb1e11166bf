/** Browsers and systems by the sign that only they carry; the first that fits. */
const browsers: [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/MicroMessenger\//, '微信 WeChat'],
  [/360SE|QihooBrowser/, '360'],
  [/QQBrowser\//, 'QQ'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]
const systems: [RegExp, string][] = [
  [/Windows/, 'Windows'],
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
]

const first = (signs: [RegExp, string][], said: string) => signs.find(([sign]) => sign.test(said))?.[1] ?? ''

/** What a browser says of itself, as people know it. Either may be empty. */
export const spokenBrowser = (said: string) => ({ browser: first(browsers, said), system: first(systems, said) })
