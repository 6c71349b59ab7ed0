"""What failed is said once, however many programs say it."""

from __future__ import annotations

from rehearsal.job.causes import said_once

TOLD = """the training pipeline ended as Failed
    step PreprocessData: ClientError: exit code 1: RuntimeError: the flux is broken
    action Train: Build failed: step PreprocessData: ClientError: exit code 1: RuntimeError: the flux is broken
    Traceback (most recent call last):
      File "preprocess.py", line 3, in <module>
    RuntimeError: the flux is broken
    [2026-11-20 20:10:07,346 | ERROR] step PreprocessData: ClientError: exit code 1: RuntimeError: the flux is broken
    }
    }"""


def test_a_cause_stands_in_one_line() -> None:
    said = said_once(TOLD).splitlines()
    assert [line for line in said if "the flux is broken" in line] == [TOLD.splitlines()[2]]
    assert said[0] == "the training pipeline ended as Failed"
    assert '      File "preprocess.py", line 3, in <module>' in said
    assert said[-2:] == ["    }", "    }"]


def test_what_is_said_twice_in_the_same_words_is_said_where_it_came_first() -> None:
    line = "Table: AWS::DynamoDB::Table is not supported"
    assert said_once(f"a build failed\n  {line}\n  and more of it\n  ERROR: {line}") == (
        f"a build failed\n  {line}\n  and more of it"
    )


def test_a_cause_of_one_line_stays() -> None:
    assert said_once("a model artifact of this name is empty") == "a model artifact of this name is empty"
