"""Whether a run of Schemathesis was whole and clean: what is missing or wrong is named, one sentence each."""

from collections.abc import Iterable, Iterator

from tests.schemathesis.record import CREATE, Record

CHECKS = frozenset(
    {
        "allow_header_conformance",
        "content_type_conformance",
        "ensure_resource_availability",
        "ignored_auth",
        "max_response_time",
        "missing_required_header",
        "negative_data_rejection",
        "not_a_server_error",
        "object_level_authorization",
        "positive_data_acceptance",
        "response_headers_conformance",
        "response_schema_conformance",
        "status_code_conformance",
        "unsupported_method",
        "use_after_free",
    }
)
"""All that Schemathesis 4.32 has."""

READS = ("GET /api/v1/tasks/{task_id}", "GET /api/v1/tasks/{task_id}/events")


def complaints(record: Record, phases: Iterable[str]) -> Iterator[str]:
    """Nothing at all, if the run did everything in these phases and found no fault."""
    report = record.report
    if report["exit_code"] != 0:
        yield f"exit code {report['exit_code']}"
    if not report["complete"] or report["stop_reason"] != "completed":
        yield f"the run did not come to its end: {report['stop_reason']}"
        return
    for member in ("failures", "errors"):
        yield from (f"{member}: {each['title']} ({each['count']})" for each in report[member])
    yield from (f"warning: {name}: {told}" for name, told in report["warnings"].items() if told)
    if report["filtered"] or report["baseline"] is not None:
        yield "failures were filtered out, or compared to a baseline"
    yield from _left_out(record, phases)
    yield from _strangers(record)


def _left_out(record: Record, phases: Iterable[str]) -> Iterator[str]:
    report = record.report
    wanted = {phase: {"status": "success", "skip_reason": None} for phase in phases}
    ran = {phase: said for phase, said in report["phases"].items() if phase in wanted or said["status"] != "skip"}
    if ran != wanted:
        yield f"not every phase ended well: {ran}"
    yield from (f"skipped: {scenario}" for scenario in record.skipped)
    operations = report["operations"]
    if not 0 < operations["tested"] == operations["selected"] == operations["total"]:
        yield f"not all operations were tested: {operations}"
    if operations["errored"] or operations["skipped"] or report["test_cases"]["errored"]:
        yield "operations or cases were skipped, or ended in an error"
    if not 0 < len(record.links_followed) == record.links:
        yield f"{len(record.links_followed)} of {record.links} links were followed"
    yield from (f"{name}: {status}" for name, status in record.checks if status != "success")
    yield from (f"never checked: {name}" for name in sorted(CHECKS - {name for name, _ in record.checks}))
    accepted = report["valid_rates"].get(CREATE, {})
    yield from (f"no create was accepted in {phase}" for phase, rate in accepted.items() if not rate["accepted"])


def _strangers(record: Record) -> Iterator[str]:
    """The second identity asked for what the first one made, and was told that there is no such thing."""
    asked = {operation for operation, _ in record.foreign_reads}
    yield from (f"no stranger tried {operation}" for operation in READS if operation not in asked)
    yield from (f"a stranger got {status} from {each}" for each, status in record.foreign_reads if status != 404)
