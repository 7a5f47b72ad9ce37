"""A sales tool: every stage change goes into the CRM once, and sales hears of what is new (see ../README.md)."""

import asyncio
import json
import os
import sys
from pathlib import Path

from aiokafka import AIOKafkaConsumer
from decoding import decode

CRM = Path(sys.argv[1] if len(sys.argv) > 1 else "crm.ndjson")  # a line added here stands for a call of your CRM
newest = {}  # lead → its highest `seq`; asked of the CRM at the start, since it knows best what it was told


def take(change):
    lead, seq = change["lead_id"], change["seq"]
    if seq <= newest.get(lead, 0):
        return  # told already, or out of date
    closed = [{"lead_id": old["lead_id"], "seq": old["last_seq"], "merged_into": lead} for old in change["absorbed"]]
    rows = [*closed, {"lead_id": lead, "seq": seq, "stage": change["to_stage"], "owner": change["owner"]}]
    with CRM.open("ab", buffering=0) as crm:  # one write, so that a merge is told as a whole or not at all
        crm.write("".join(json.dumps(row) + "\n" for row in rows).encode())
    newest.update({row["lead_id"]: max(row["seq"], newest.get(row["lead_id"], 0)) for row in rows})
    if not change.get("history"):  # what a back-fill finds out is no news
        why = ", ".join(f"{reason['title']} {reason['points']:+.0f}" for reason in change["reasons"][:3])
        print(f"{change['email'] or lead}: {change['from_stage']} → {change['to_stage']} ({why})", flush=True)


def recall():
    for row in map(json.loads, CRM.read_text().splitlines() if CRM.exists() else ()):
        newest[row["lead_id"]] = max(row["seq"], newest.get(row["lead_id"], 0))


async def main():
    topic, broker = os.environ.get("TOPIC", "leads.stage-changes.v1"), os.environ.get("KAFKA", "127.0.0.1:9092")
    reading = {"isolation_level": "read_committed", "auto_offset_reset": "earliest", "enable_auto_commit": False}
    group = os.environ.get("GROUP", "sales-tool")
    async with AIOKafkaConsumer(topic, bootstrap_servers=broker, group_id=group, **reading) as consumer:
        while True:
            for records in (await consumer.getmany(timeout_ms=1_000)).values():
                for record in records:
                    take(decode(record.value))
                await consumer.commit()  # only now: what is read twice after a crash is told once all the same


recall()
asyncio.run(main())
