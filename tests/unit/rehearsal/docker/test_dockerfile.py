"""Reading Dockerfiles, and what of them is refused with its line."""

from __future__ import annotations

import pytest

from rehearsal.docker.bases import base_of
from rehearsal.docker.dockerfile import expand, parse
from rehearsal.docker.problems import DockerError, DockerfileError
from rehearsal.docker.run_commands import Actions, CannotRun, carry_out, commands


def test_lines_are_joined_and_numbered_by_their_first() -> None:
    begin = "# syntax=docker/dockerfile:1\nARG V=3.11\n\nFROM python:${V}-slim\n"
    text = begin + 'RUN pip install \\\n  # why\n  a \\\n  b\nCMD ["x"]\n'
    found = parse(text)
    assert [(each.line, each.name) for each in found] == [(2, "ARG"), (4, "FROM"), (5, "RUN"), (9, "CMD")]
    assert found[2].text.split() == ["pip", "install", "a", "b"]
    assert found[3].listed() == ["x"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("FROM python:3.11\nVOLUME /data\n", "Dockerfile:2: VOLUME: the rehearsal does not carry it out"),
        ("FROM python:3.11\nCOPPY a b\n", "Dockerfile:2: unknown instruction: COPPY (did you mean COPY?)"),
        ("RUN pip install a\n", "Dockerfile:1: RUN: no build stage"),
        ("FROM python:3.11\nRUN <<EOF\nx\nEOF\n", "Dockerfile:2: RUN: here-documents"),
        ("# escape=`\nFROM python:3.11\n", "Dockerfile:1: escape"),
        ("FROM python:3.11\n\nUSER\n", "Dockerfile:3: USER requires"),
        ("# nothing\n", "Dockerfile:1: the file has no instructions"),
    ],
)
def test_what_is_not_carried_out_is_refused_by_name_and_line(text: str, said: str) -> None:
    with pytest.raises(DockerfileError) as caught:
        parse(text)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("text", "made"),
    [("$A/b", "1/b"), ("${A}b", "1b"), ("${X:-2}", "2"), ("${A:+3}${X:+3}", "3"), (r"\$A", "$A"), ("$X", "")],
)
def test_variables(text: str, made: str) -> None:
    assert expand(text, {"A": "1"}) == made


def test_other_forms_of_variables_are_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        expand("${A#x}", {"A": "1"})


def test_bases() -> None:
    aws = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
    assert base_of("python:3.12-slim", ()).version == "3.12"
    assert base_of("public.ecr.aws/docker/library/python:3.11-slim-bookworm", ()).version == "3.11"
    assert base_of(aws, ()).version is None
    assert base_of("mine/base:1", ["mine/base"]).version is None
    with pytest.raises(DockerError, match="--image nginx:1=PYTHON"):
        base_of("nginx:1", ())


def test_commands_of_a_shell_and_those_that_are_no_list() -> None:
    found = commands("pip install -r $F && mkdir -p '/a b' ; chmod +x \"$F\"", None, {"F": "r.txt"})
    assert found == [["pip", "install", "-r", "r.txt"], ["mkdir", "-p", "/a b"], ["chmod", "+x", "r.txt"]]
    assert commands("", ["pip", "install", "a"], {}) == [["pip", "install", "a"]]
    for text in ("curl x | sh", "echo a > b", "(cd a)", "cat `x`", "a || b", "x $(y)"):
        with pytest.raises(CannotRun, match="of a shell"):
            commands(text, None, {})


def test_programs_are_carried_out_or_refused_by_name() -> None:
    done: list[tuple[str, list[str]]] = []
    actions = Actions(pip=lambda words: done.append(("pip", words)), files=lambda words: done.append(("files", words)))
    for command in (["python", "-m", "pip", "install", "a"], ["/bin/mkdir", "x"], ["chown", "a", "b"],
                    ["rm", "-rf", "/var/lib/apt/lists/*"]):  # fmt: skip
        carry_out(command, actions)
    assert done == [("pip", ["install", "a"]), ("files", ["mkdir", "x"])]
    for command, name in ((["apt-get", "install", "-y", "nginx"], "apt-get"), (["pip", "freeze"], "pip freeze")):
        with pytest.raises(CannotRun, match=name):
            carry_out(command, actions)
