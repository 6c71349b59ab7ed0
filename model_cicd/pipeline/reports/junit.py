"""A run as JUnit XML, which most CI systems show as test results: a case for each step and for each gate."""

from __future__ import annotations

from xml.etree import ElementTree

from model_cicd.pipeline.reports.ending import Ending
from model_cicd.pipeline.reports.escape import xml


def junit(ending: Ending) -> str:
    """The XML; where nothing was started, one case that failed (or, of a dry run, passed)."""
    report = ending.report
    suite = ElementTree.Element("testsuite", name=xml(report.pipeline_name if report else ending.file))
    failed = 0
    for step in report.steps if report else ():
        case = _case(suite, "step", step.name, step.seconds)
        if step.status == "Failed":
            failed += _failure(case, step.failure_reason or "no reason is given")
        elif step.status != "Succeeded":
            ElementTree.SubElement(case, "skipped", message=xml(step.status))
    for each in report.conditions if report else ():
        case = _case(suite, "gate", f"{each.step}: {each.metric}", None)
        if each.holds is False:
            failed += _failure(case, str(each))
        elif each.holds is None:
            ElementTree.SubElement(case, "skipped", message="the value is not known")
    if not failed:  # a failure that is of no step, or the whole that went well
        case = _case(suite, "run", "run", report.seconds if report else None)
        failed += _failure(case, ending.message) if ending.message else 0
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failed))
    suite.set("errors", "0")
    suite.set("time", f"{(report.seconds if report else None) or 0:.1f}")
    top = ElementTree.Element("testsuites")
    top.append(suite)
    return ElementTree.tostring(top, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ElementTree.Element, kind: str, name: str, seconds: float | None) -> ElementTree.Element:
    given = {"classname": kind, "name": xml(name), "time": f"{seconds or 0:.1f}"}
    return ElementTree.SubElement(suite, "testcase", given)


def _failure(case: ElementTree.Element, message: str) -> int:
    ElementTree.SubElement(case, "failure", message=xml(message.split("\n", maxsplit=1)[0])).text = xml(message)
    return 1
