// A sales tool: every stage change goes into the CRM once, and sales hears of what is new (see ../README.md).
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { Kafka, logLevel } from 'kafkajs'
import { decode } from './decoding.mjs'

const { KAFKA = '127.0.0.1:9092', TOPIC = 'leads.stage-changes.v1', GROUP = 'sales-tool' } = process.env
const CRM = process.argv[2] ?? 'crm.ndjson' // a line added here stands for a call of your CRM
const newest = new Map() // lead → its highest `seq`; asked of the CRM at the start, since it knows best what it was told
const know = (row) => newest.set(row.lead_id, Math.max(row.seq, newest.get(row.lead_id) ?? 0))

function take(change) {
  const { lead_id, seq, from_stage, to_stage, owner } = change
  if (seq <= (newest.get(lead_id) ?? 0)) return // told already, or out of date
  const closed = change.absorbed.map((old) => ({ lead_id: old.lead_id, seq: old.last_seq, merged_into: lead_id }))
  const rows = [...closed, { lead_id, seq, stage: to_stage, owner }]
  appendFileSync(CRM, rows.map((row) => JSON.stringify(row) + '\n').join('')) // a merge is told as a whole or not at all
  rows.forEach(know)
  if (change.history) return // what a back-fill finds out is no news
  const why = change.reasons.slice(0, 3).map(({ title, points }) => `${title} ${points > 0 ? '+' : ''}${Math.round(points)}`)
  console.log(`${change.email ?? lead_id}: ${from_stage} → ${to_stage} (${why.join(', ')})`)
}

if (existsSync(CRM)) readFileSync(CRM, 'utf8').split('\n').filter(Boolean).map(JSON.parse).forEach(know)
const kafka = new Kafka({ clientId: 'sales-tool', brokers: KAFKA.split(','), logLevel: logLevel.ERROR })
const consumer = kafka.consumer({ groupId: GROUP, readUncommitted: false })
await consumer.connect()
await consumer.subscribe({ topic: TOPIC, fromBeginning: true })
// The offset is committed after `take`: what is read twice after a crash is told once all the same.
await consumer.run({ eachMessage: async ({ message }) => take(await decode(message.value)) })
