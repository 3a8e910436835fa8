"""A check as JUnit XML: one test case for each obligation, one more for the harness if something was wrong with it."""

from xml.etree import ElementTree as xml

from contracts.report import plain, words
from contracts.verdicts import Result, Ruling

SUITE = "mindvideo-contract"


def render(result: Result) -> str:
    """The document. All texts in it are clean, so XML can hold them."""
    suite = xml.Element("testsuite", name=SUITE, time=f"{result.seconds:.3f}")
    for ruling in result.rulings:
        _case(suite, result, ruling)
    for error in result.errors:
        case = xml.SubElement(suite, "testcase", classname=SUITE, name="harness")
        xml.SubElement(case, "error", message=words.clean(error), type="HARNESS_ERROR")
    for counted, name in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(counted, str(len(suite.findall(f"testcase/{name}"))))
    suite.set("tests", str(len(suite)))
    root = xml.Element("testsuites", {name: value for name, value in suite.attrib.items() if name != "skipped"})
    root.append(suite)
    xml.indent(root)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{xml.tostring(root, encoding='unicode')}\n"


def _case(suite: xml.Element, result: Result, ruling: Ruling) -> None:
    obligation = ruling.obligation
    case = xml.SubElement(suite, "testcase", classname=SUITE, name=f"{obligation.id} {obligation.promise}")
    tag = _tag(result, ruling)
    if tag is None:
        return
    lines = plain.paragraph(result, ruling)
    if tag == "system-out":
        xml.SubElement(case, tag).text = "\n".join([plain.standing(ruling), *lines])
        return
    told = xml.SubElement(case, tag, message=plain.headline(ruling))
    if tag != "skipped":
        told.set("type", ruling.word)
    told.text = "\n".join(lines)


def _tag(result: Result, ruling: Ruling) -> str | None:
    """The element that tells of a ruling; None if there is nothing to tell."""
    if ruling.word == "HARNESS_ERROR":
        return "error"
    if result.is_failure(ruling):
        return "failure"
    if ruling.known is not None or ruling.word in ("NOT_EXERCISED", "INCONCLUSIVE"):
        return "skipped"
    return "system-out" if ruling.word == "WARN" else None
