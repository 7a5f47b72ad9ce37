// From a record's bytes to a stage change, in each form that Leadtide writes.
import { readdirSync, readFileSync } from 'node:fs'
import avro from 'avsc'

const SCHEMAS = new URL('../../schemas/', import.meta.url)
const history = readdirSync(new URL('history/stage-change/', SCHEMAS)).map((name) => `history/stage-change/${name}`)
const known = ['outbound/stage-change.avsc', ...history].map((path) =>
  avro.Type.forSchema(JSON.parse(readFileSync(new URL(path, SCHEMAS), 'utf8'))))
const byFingerprint = new Map(known.map((type) => [crc64(JSON.stringify(type.schema())), type]))
const registered = new Map()

export async function decode(value) {
  if (value[0] === 0x7b) return JSON.parse(value)
  if (value[0] === 0xc3 && value[1] === 0x01) { // single object: fingerprint of the writer's schema, then Avro
    return read(byFingerprint.get(value.toString('hex', 2, 10)), value.subarray(10))
  }
  if (value[0] !== 0x00) throw new Error(`neither JSON nor Avro: ${value.toString('hex', 0, 10)}`)
  const number = value.readUInt32BE(1) // Confluent's framing: number of the writer's schema in the registry, then Avro
  if (!registered.has(number)) {
    const answer = await fetch(`${process.env.REGISTRY}/schemas/ids/${number}`)
    if (!answer.ok) throw new Error(`the registry has no schema ${number}: ${answer.status}`)
    registered.set(number, avro.Type.forSchema(JSON.parse((await answer.json()).schema)))
  }
  return read(registered.get(number), value.subarray(5))
}

function read(writer, bytes) {
  if (!writer) throw new Error('written by a newer Leadtide: take its schemas/history, too')
  return known[0].fromBuffer(bytes, known[0].createResolver(writer))
}

function crc64(text) { // CRC-64-AVRO, as the bytes on the wire have it
  const polynomial = 0xc15d213aa4d7a795n
  let sum = polynomial
  for (const byte of Buffer.from(text)) {
    sum ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) sum = (sum >> 1n) ^ (sum & 1n ? polynomial : 0n)
  }
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(sum)
  return bytes.toString('hex')
}
