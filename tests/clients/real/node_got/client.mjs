// A client of the MindVideo API: got, with its own retries. `npm install` in this folder first.
//
// After https://github.com/sindresorhus/got/blob/main/documentation/7-retry.md (POST must be asked for),
// https://github.com/sindresorhus/got/blob/main/documentation/6-timeout.md (`request`: the whole exchange) and
// https://github.com/sindresorhus/got/blob/main/documentation/10-instances.md (`got.extend`).

import { randomUUID } from "node:crypto";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import got, { HTTPError } from "got";

const seconds = (name, otherwise) => Number(process.env[name] ?? otherwise);
const POLL_INTERVAL_MS = seconds("MINDVIDEO_POLL_INTERVAL_S", 2) * 1000;
const REQUEST_TIMEOUT_MS = seconds("MINDVIDEO_REQUEST_TIMEOUT_S", 10) * 1000;
const DEADLINE_MS = seconds("MINDVIDEO_DEADLINE_S", 600) * 1000;
const ENDED = new Set(["succeeded", "failed", "cancelled"]);

const api = got.extend({
  prefixUrl: process.env.MINDVIDEO_BASE_URL,
  headers: { authorization: `Bearer ${process.env.MINDVIDEO_API_KEY}` },
  timeout: { request: REQUEST_TIMEOUT_MS },
  retry: { limit: 5, methods: ["GET", "POST"] },
});

async function generate(request) {
  const giveUpAt = Date.now() + DEADLINE_MS;
  const report = { outcome: "gave_up", task_id: null, urls: [], http_status: null, message: null };
  try {
    const headers = { "idempotency-key": randomUUID() };
    let task = await api.post("api/v1/tasks", { json: request, headers }).json();
    report.task_id = task.task_id;
    while (!ENDED.has(task.status)) {
      if (Date.now() > giveUpAt) return { ...report, message: "deadline" };
      await sleep(POLL_INTERVAL_MS);
      task = await api.get(`api/v1/tasks/${report.task_id}`).json();
    }
    const files = [...(task.output?.videos ?? []), ...(task.output?.images ?? [])];
    return { ...report, outcome: task.status, urls: files.map((file) => file.url) };
  } catch (error) {
    report.message = error.message;
    if (error instanceof HTTPError) {
      report.http_status = error.response.statusCode;
      if (report.http_status < 500 && report.http_status !== 429) report.outcome = "rejected";
    }
    return report;
  }
}

const request = JSON.parse(await text(process.stdin));
console.log(JSON.stringify(await generate(request)));
