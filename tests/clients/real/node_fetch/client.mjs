// A client of the MindVideo API: the fetch that Node.js 20 brings, and a small loop for the retries.
//
// After https://nodejs.org/en/learn/getting-started/fetch,
// https://developer.mozilla.org/en-US/docs/Web/API/AbortSignal/timeout_static and
// https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Retry-After.

import { randomUUID } from "node:crypto";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

const {
  MINDVIDEO_BASE_URL: baseUrl,
  MINDVIDEO_API_KEY: apiKey,
  MINDVIDEO_POLL_INTERVAL_S: pollIntervalS = "2",
  MINDVIDEO_BACKOFF_BASE_S: backoffBaseS = "0.5",
  MINDVIDEO_REQUEST_TIMEOUT_S: requestTimeoutS = "10",
  MINDVIDEO_DEADLINE_S: deadlineS = "600",
} = process.env;

const MAX_ATTEMPTS = 5;
const RETRIED = [429, 500, 502, 503, 504];
const ENDED = ["succeeded", "failed", "cancelled"];

class ApiError extends Error {
  constructor(status, body) {
    super(`HTTP ${status}: ${body}`);
    this.status = status;
  }
}

async function fetchWithRetry(url, options) {
  for (let attempt = 1; ; attempt++) {
    let waitS = Number(backoffBaseS) * 2 ** (attempt - 1);
    try {
      const response = await fetch(url, { ...options, signal: AbortSignal.timeout(Number(requestTimeoutS) * 1000) });
      if (!RETRIED.includes(response.status) || attempt === MAX_ATTEMPTS) return response;
      waitS = Number(response.headers.get("retry-after")) || waitS;
    } catch (error) {
      // fetch throws a TypeError when the network fails, a TimeoutError when the signal fires.
      if (attempt === MAX_ATTEMPTS) throw error;
    }
    await sleep(waitS * 1000);
  }
}

async function call(path, options = {}) {
  const headers = { Authorization: `Bearer ${apiKey}`, ...options.headers };
  const response = await fetchWithRetry(baseUrl + path, { ...options, headers });
  if (!response.ok) throw new ApiError(response.status, await response.text());
  return response.json();
}

async function generate(request) {
  const report = { outcome: "gave_up", task_id: null, urls: [], http_status: null, message: null };
  const giveUpAt = Date.now() + Number(deadlineS) * 1000;
  try {
    let task = await call("/api/v1/tasks", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": randomUUID() },
      body: JSON.stringify(request),
    });
    report.task_id = task.task_id;
    while (!ENDED.includes(task.status)) {
      if (Date.now() > giveUpAt) throw new Error("deadline");
      await sleep(Number(pollIntervalS) * 1000);
      task = await call(`/api/v1/tasks/${report.task_id}`);
    }
    report.outcome = task.status;
    report.urls = [...(task.output?.videos ?? []), ...(task.output?.images ?? [])].map((file) => file.url);
  } catch (error) {
    report.message = error.message;
    if (error instanceof ApiError) {
      report.http_status = error.status;
      if (!RETRIED.includes(error.status)) report.outcome = "rejected";
    }
  }
  return report;
}

const request = JSON.parse(await text(process.stdin));
console.log(JSON.stringify(await generate(request)));
