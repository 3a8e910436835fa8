// A client that keeps every promise, for Node 20: no dependencies.
// As a command it does one call, told by the environment and standard input; with `--worker` one for each line of JSON.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const TASKS = "/api/v1/tasks";
const TERMINAL = new Set(["succeeded", "failed", "cancelled"]);
const TRANSIENT = new Set([408, 425, 429]);
const MAX_ATTEMPTS = 5; // Sends of one operation; hops of redirects and in-flight conflicts do not count.
const HOPS = 5;
const BACKOFF_FACTOR = 2;
const JITTER = 0.5;
const LONGEST_SLEEP_S = 2 ** 31 / 1000 - 1; // Timers of Node overflow beyond it.
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

const seconds = (name, byDefault) => Number(process.env[name] ?? byDefault);
const nowS = () => performance.now() / 1000;
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** The call ends without an end of the task. */
class Stopped extends Error {
  constructor(outcome, message) {
    super(message);
    this.outcome = outcome;
  }
}

/** The JSON object in a body; empty where there is none. */
function documentOf(body) {
  try {
    const found = JSON.parse(body);
    return isObject(found) ? found : {};
  } catch {
    return {};
  }
}

function codeOf(answer) {
  const error = answer.document.error;
  const found = isObject(error) ? error.code : answer.document.code;
  return typeof found === "string" ? found : null;
}

/** Whether a 409 tells to wait for another create with the key; by `Retry-After` where it has no code. */
function isInFlight(answer) {
  const code = codeOf(answer);
  return code === null ? answer.headers.has("retry-after") : code === "idempotency_in_flight";
}

/** Whether it holds what is needed to go on: a status, and after a create the id. */
function isTask(operation, document) {
  const hasId = operation === "read" || (typeof document.task_id === "string" && document.task_id !== "");
  return hasId && typeof document.status === "string";
}

/** What to do upon an answer: take the task that is in it, try again, wait for the first create, or stop. */
function verdictOf(operation, answer) {
  const status = answer.status;
  if (status === null || status >= 500 || TRANSIENT.has(status)) return "again";
  if (status < 300) return isTask(operation, answer.document) ? "task" : "again";
  if (status === 409 && operation === "create") return isInFlight(answer) ? "in_flight" : "refused";
  return status === 404 && operation === "read" ? "again" : "refused";
}

/** How long the server wants to be left alone; 0 for values that make no sense (two lines are joined by a comma). */
function retryAfterS(answer) {
  const text = (answer.headers.get("retry-after") ?? "").trim();
  if (/^[0-9]+$/.test(text)) return Number(text);
  if (!HTTP_DATE.test(text)) return 0;
  const until = Date.parse(text);
  const stated = Date.parse(answer.headers.get("date") ?? "");
  const waitsS = (until - (Number.isNaN(stated) ? Date.now() : stated)) / 1000;
  return waitsS > 0 ? waitsS : 0;
}

/** Where a redirect that keeps the method leads; null for every other answer, and for what is no URL. */
function locationOf(answer, url) {
  const target = answer.headers.get("location");
  if ((answer.status !== 307 && answer.status !== 308) || target === null) return null;
  try {
    return new URL(target, url).href;
  } catch {
    return null;
  }
}

function urlsOf(task) {
  const output = isObject(task.output) ? task.output : {};
  const files = [output.videos, output.images].filter(Array.isArray).flat();
  return files.filter((file) => isObject(file) && typeof file.url === "string").map((file) => file.url);
}

function whyOf(task) {
  return isObject(task.error) ? String(task.error.message ?? "") : String(task.error ?? "");
}

/** One call: one task is created and waited for. */
class Call {
  constructor(baseUrl, apiKey) {
    this.origin = new URL(baseUrl).origin;
    this.baseUrl = baseUrl.replace(/\/+$/, "");
    this.apiKey = apiKey;
    this.pollIntervalS = seconds("MINDVIDEO_POLL_INTERVAL_S", 2);
    this.backoffBaseS = seconds("MINDVIDEO_BACKOFF_BASE_S", 0.5);
    this.requestTimeoutS = seconds("MINDVIDEO_REQUEST_TIMEOUT_S", 10);
    this.endsAtS = nowS() + seconds("MINDVIDEO_DEADLINE_S", 600);
    this.taskId = null;
    this.httpStatus = null;
  }

  async run(request) {
    try {
      return await this.ended(await this.wait(await this.create(request)));
    } catch (error) {
      if (error instanceof Stopped) return this.outcome(error.outcome, [], error.message);
      throw error;
    }
  }

  /** The task as the create shows it; every attempt has the same key and the same bytes. */
  async create(request) {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": randomUUID() };
    const task = await this.ask("create", "POST", TASKS, headers, JSON.stringify(request));
    this.taskId = task.task_id;
    return task;
  }

  /** The task at its end; a status that nobody knows is none of the ends. */
  async wait(task) {
    while (!TERMINAL.has(task.status)) {
      await this.pause(this.pollIntervalS);
      task = await this.ask("read", "GET", `${TASKS}/${encodeURIComponent(this.taskId)}`, {});
    }
    return task;
  }

  /** The report on a task that came to its end; a success that brought nothing is none. */
  async ended(task) {
    if (task.status !== "succeeded") return this.outcome(task.status, [], whyOf(task));
    const urls = urlsOf(task);
    if (urls.length === 0) return this.outcome("failed", [], "The task succeeded without output.");
    const report = this.outcome("succeeded", urls);
    if (process.env.MINDVIDEO_DOWNLOAD !== "1") return report;
    report.bytes = 0;
    for (const url of urls) report.bytes += await this.download(url);
    return report;
  }

  /** The report; whatever a server says, the key is not repeated. */
  outcome(outcome, urls, message = "") {
    const said = message.replaceAll(this.apiKey, "***") || null;
    return { outcome, task_id: this.taskId, urls, http_status: this.httpStatus, message: said };
  }

  /** The task in the answer to one operation; what time may mend is tried again. */
  async ask(operation, method, path, headers, body) {
    let failures = 0;
    let conflicts = 0;
    for (;;) {
      const authorized = { Authorization: `Bearer ${this.apiKey}`, Accept: "application/json", ...headers };
      const answer = await this.follow(method, this.baseUrl + path, authorized, body);
      this.httpStatus = answer.status;
      const verdict = verdictOf(operation, answer);
      if (verdict === "task") return answer.document;
      if (verdict === "refused") {
        throw new Stopped("rejected", `The server answered ${answer.status}: ${codeOf(answer)}.`);
      }
      if (verdict === "in_flight") conflicts += 1;
      else failures += 1;
      if (failures >= MAX_ATTEMPTS) {
        throw new Stopped("gave_up", `The ${operation} failed ${failures} times: ${answer.status ?? answer.error}.`);
      }
      const backoffS = this.backoffS(failures + conflicts);
      await this.pause(operation === "read" ? Math.max(backoffS, this.pollIntervalS) : backoffS, retryAfterS(answer));
    }
  }

  /** The answer at the end of a chain of redirects, none of which leaves the origin. */
  async follow(method, url, headers, body) {
    for (let hop = 1; ; hop += 1) {
      const answer = await this.exchange(method, url, headers, body);
      const target = locationOf(answer, url);
      if (target === null || new URL(target).origin !== this.origin || hop === HOPS) return answer;
      url = target;
    }
  }

  /** One request and its answer, the last byte of it included, within its timeout and the deadline. */
  async exchange(method, url, headers, body) {
    const timeoutS = Math.max(Math.min(this.requestTimeoutS, this.endsAtS - nowS()), 0.001);
    const signal = AbortSignal.timeout(Math.ceil(timeoutS * 1000));
    try {
      const response = await fetch(url, { method, headers, body, signal, redirect: "manual" });
      const content = Buffer.from(await response.arrayBuffer());
      const document = documentOf(content.toString());
      return { status: response.status, headers: response.headers, document, sizeBytes: content.length, error: "" };
    } catch (error) {
      const why = String(error.cause?.message ?? error.message);
      return { status: null, headers: new Headers(), document: {}, sizeBytes: 0, error: why };
    }
  }

  /** How many bytes an output file has; its host gets no credentials. */
  async download(url) {
    for (let failures = 1; failures <= MAX_ATTEMPTS; failures += 1) {
      const answer = await this.exchange("GET", url, {});
      if (answer.status === 200) return answer.sizeBytes;
      if (verdictOf("read", answer) === "refused") break;
      await this.pause(this.backoffS(failures), retryAfterS(answer));
    }
    throw new Stopped("gave_up", `The file at ${url} could not be fetched.`);
  }

  /** The wait after so many failed attempts: it doubles, with some jitter on top. */
  backoffS(tries) {
    return this.backoffBaseS * BACKOFF_FACTOR ** (tries - 1) * (1 + JITTER * Math.random());
  }

  /** Let time pass, not beyond the deadline; to be told to wait beyond it ends the call at once. */
  async pause(waitsS, floorS = 0) {
    const leftS = this.endsAtS - nowS();
    if (floorS > leftS) throw new Stopped("gave_up", `The server wants to be left alone for ${floorS} s.`);
    const longestS = Math.max(waitsS, floorS);
    const sleepsS = Math.min(longestS, Math.max(leftS, 0), LONGEST_SLEEP_S);
    await sleep(Math.ceil(sleepsS * 1000));
    if (longestS >= leftS) throw new Stopped("gave_up", "The deadline has come.");
  }
}

/** One call, its report as plain data. */
export function call(baseUrl, apiKey, request) {
  return new Call(baseUrl, apiKey).run(request);
}

async function command() {
  let text = "";
  for await (const part of process.stdin.setEncoding("utf8")) text += part;
  const report = await call(process.env.MINDVIDEO_BASE_URL, process.env.MINDVIDEO_API_KEY, JSON.parse(text));
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

async function worker() {
  const running = [];
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const { id, base_url, api_key, model, input } = JSON.parse(line);
    const answered = call(base_url, api_key, { model, input });
    running.push(answered.then((report) => process.stdout.write(`${JSON.stringify({ id, ...report })}\n`)));
  }
  await Promise.all(running);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await (process.argv.includes("--worker") ? worker() : command());
}
