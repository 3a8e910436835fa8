#!/usr/bin/env bash
# A client of the MindVideo API: curl, and jq for the JSON.
#
# After https://everything.curl.dev/usingcurl/downloads/retry.html (--retry, --retry-connrefused, --retry-max-time,
# --max-time), https://curl.se/docs/manpage.html (--write-out), and the platform's own page for the request and its
# Idempotency-Key.
set -euo pipefail

poll_interval_s=${MINDVIDEO_POLL_INTERVAL_S:-2}
request_timeout_s=${MINDVIDEO_REQUEST_TIMEOUT_S:-10}
deadline_s=$(printf '%.0f' "${MINDVIDEO_DEADLINE_S:-600}")
tasks="$MINDVIDEO_BASE_URL/api/v1/tasks"
task_id=
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# report OUTCOME [HTTP_STATUS]: the last line of the output, and the end.
report() {
    urls='[]'
    [ "$1" = succeeded ] && urls=$(jq -c '[(.output.videos // .output.images // [])[].url]' "$answer")
    jq -cn --arg outcome "$1" --arg task_id "$task_id" --argjson urls "$urls" --argjson status "${2:-null}" \
        '{outcome: $outcome, task_id: (if $task_id == "" then null else $task_id end), urls: $urls,
          http_status: $status, message: null}'
    exit 0
}

# call URL [OPTION…]: the body into $answer. Whatever is no success ends the script.
call() {
    local status
    status=$(curl --silent --show-error --retry 5 --retry-connrefused \
        --max-time "$request_timeout_s" --retry-max-time "$deadline_s" \
        --header "Authorization: Bearer $MINDVIDEO_API_KEY" \
        --output "$answer" --write-out '%{http_code}' "$@") || report gave_up
    case $status in
        2*) ;;
        429 | 5*) report gave_up "$status" ;;
        *) report rejected "$status" ;;
    esac
}

request=$(cat)
call "$tasks" \
    --header "Content-Type: application/json" \
    --header "Idempotency-Key: task_$(date +%s)" \
    --data "$request"
task_id=$(jq -r .task_id "$answer")

while true; do
    status=$(jq -r .status "$answer")
    case $status in
        succeeded | failed | cancelled) report "$status" ;;
    esac
    [ "$SECONDS" -lt "$deadline_s" ] || report gave_up
    sleep "$poll_interval_s"
    call "$tasks/$task_id"
done
