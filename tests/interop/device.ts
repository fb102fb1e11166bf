import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { blake3 } from '@noble/hashes/blake3.js'
import type { Center } from './programs'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** The name of a file: BLAKE3, hex. */
export const nameOf = (bytes: Uint8Array): string => hex(blake3(bytes))

/** What a request says of itself. */
export interface Said {
  method: string
  path: string
  header: (name: string) => string | undefined
}

/** A device with its own key that signs requests as sync/src/auth.rs describes it. */
export class Device {
  private constructor(
    private readonly key: KeyObject,
    private readonly id: Uint8Array,
    /** Where it may write. */
    readonly scope: string,
  ) {}

  /** Enrols with the demo district's code number `code`. */
  static async enrol(center: Center, code: number): Promise<Device> {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
    const station = center.demo().stations[0]!
    const answer = await fetch(`${center.url}/enrol`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: station.enrolment_codes[code], public_key: hex(raw), label: 'Node' }),
    })
    if (!answer.ok) throw new Error(`enrol: ${answer.status} ${await answer.text()}`)
    return new Device(privateKey, blake3(raw).subarray(0, 16), `${station.division}/${new Date().getFullYear()}`)
  }

  /** Its private key, hex. */
  get seed(): string {
    return Buffer.from(this.key.export({ format: 'jwk' }).d ?? '', 'base64url').toString('hex')
  }

  /** The value of `authorization`: device, time and signature. Bytes of a file are not signed, what is said of them is. */
  authorization({ method, path, header }: Said): string {
    const isFile = header('content-type') === 'application/offset+octet-stream'
    const said = ['upload-offset', 'upload-length', 'upload-metadata'].map((name) => header(name) ?? '').join('\n')
    const now = Date.now()
    const message = [method, path, now, hex(blake3(Buffer.from(isFile ? said : '')))].join('\n')
    const time = Buffer.alloc(8)
    time.writeBigUInt64BE(BigInt(now))
    const token = Buffer.concat([this.id, time.subarray(2), sign(null, Buffer.from(message), this.key)])
    return `D ${token.toString('base64url')}`
  }
}
