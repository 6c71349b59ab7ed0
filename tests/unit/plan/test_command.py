"""`model-cicd plan`, `synth` and `env` as people and workflows run them, in a project of its own in git."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from model_cicd.access.modules import of_manifest
from model_cicd.operate.leftovers import Deployment
from model_cicd.plan import github
from model_cicd.plan.make import Sides, notes, sides
from model_cicd.plan.records import ModulePlan, Plan
from model_cicd.plan.revisions import Repository
from model_cicd.text.errors import ModelCicdError
from tests.unit.pipeline.scripted_github import ScriptedGitHub, scripted_github

pytestmark = [pytest.mark.programs, pytest.mark.xdist_group("plan")]
ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent
MODULE = "models-sample-ml-model-name"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a deployment of this library, committed once."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "manifests" / "local", folder / "manifests" / "local")
    shutil.copy(ROOT / "seedfarmer.yaml", folder)
    (folder / "modules").symlink_to(ROOT / "modules")
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder, "First")
    return folder


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@localhost"]
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, env=env, capture_output=True, text=True, check=True
    ).stdout.strip()


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def edit(project: Path, old: str, new: str) -> None:
    path = project / "manifests" / "local" / "models-modules.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def run(project: Path) -> Run:
    """`run("plan", ...)` in the project, with what a job of GitHub sets among `variables`."""

    def started(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        env = {key: os.environ[key] for key in ("HOME", "PATH")} | {"PYTHONPATH": str(ROOT), **variables}
        command = [sys.executable, "-m", "model_cicd.cli", *arguments]
        return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False, timeout=600)

    return started


def test_where_nothing_differs_nothing_is_synthesized(project: Path, run: Run) -> None:
    done = run("plan", "manifests/local/deployment.yaml", "--check", "--against", "HEAD")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "no changes"
    edit(project, "# dev deployment group", "# what is a comment changes nothing:")
    done = run("plan", "manifests/local", "--check", JSII_NODE="/nowhere")  # which would end a synthesis
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "no changes"), done.stderr


def test_a_change_is_said_and_checked(project: Path, run: Run, tmp_path: Path) -> None:
    edit(project, "sourceBranch: main", "sourceBranch: release")
    summary = tmp_path / "summary.md"
    found = run(
        *("plan", "manifests/local/deployment.yaml", "--check", "--group", "prod-deployment-group"),
        *("--format", "json", "--report", "github"),
        GITHUB_STEP_SUMMARY=str(summary),
    )
    assert found.returncode == 2, found.stderr
    plan = json.loads(found.stdout)
    assert plan["against"].startswith("HEAD (")
    (module,) = plan["modules"]
    assert module["said"][0].startswith("group prod-deployment-group trains on pushes to branch release")
    assert {each["group"] for each in module["stacks"]} == {"", "prod-deployment-group"}
    assert summary.read_text(encoding="utf-8").startswith("### The apply would change something")


def test_what_is_wrong_is_named_on_either_side(project: Path, run: Run) -> None:
    edit(project, "sourceBranch: main", "sourceBranch: 5")
    done = run("plan", "manifests/local/deployment.yaml")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("manifests/local/models-modules.yaml:")
    assert "sourceBranch" in done.stderr
    commit(project, "Wrong")
    edit(project, "sourceBranch: 5", "sourceBranch: main")
    done = run("plan", "manifests/local/deployment.yaml")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("HEAD (")
    assert "): manifests/local/models-modules.yaml:" in done.stderr
    assert "sourceBranch" in done.stderr


def test_a_manifest_that_lost_its_last_module_removes_everything(project: Path, run: Run) -> None:
    path = project / "manifests" / "local" / "deployment.yaml"
    before, _, rest = path.read_text(encoding="utf-8").partition("groups:\n")
    mapped = rest.partition("targetAccountMappings:")[2]
    path.write_text(f"{before}groups: []\ntargetAccountMappings:{mapped}", encoding="utf-8")
    done = run("plan", "manifests/local/deployment.yaml", "--check", "--format", "json")
    assert (done.returncode, done.stderr) == (2, "")
    (module,) = json.loads(done.stdout)["modules"]
    assert module["said"][0] == f"module {MODULE} is removed"
    assert {each["what"] for each in module["stacks"]} == {"removed"}
    refused = run("plan", "manifests/local/deployment.yaml", "--against", "manifests/local")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "no module in it has deployment-groups or a pipeline, nor does one in manifests/local" in refused.stderr
    # what it left is looked for in every account that it maps
    contexts = Deployment.read(path).contexts
    assert {each.tooling.account for each in contexts} == {"123456789010"}
    assert (contexts[0].tooling.account, contexts[0].project) == ("123456789010", "modelcicd")


def test_what_it_is_compared_with_by_default(project: Path) -> None:
    repository = Repository.around(project / "manifests" / "local")
    assert (repository.default(), repository.dirty()) == ("HEAD^", False)
    (project / "notes.txt").write_text("new", encoding="utf-8")
    assert repository.default() == "HEAD"
    commit(project, "Second")
    with sides(project / "manifests" / "local" / "deployment.yaml", None) as found:
        assert found.label.startswith("HEAD^ (")
        assert found.before is not None and found.before.is_file()
    git(project, "mv", "manifests/local", "manifests/moved")
    with sides(project / "manifests" / "moved", "HEAD") as found:
        assert found.before is None  # the manifest is new


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--against", "nowhere"], 1, "--against: got 'nowhere', expected a revision of git, a manifest or aws"),
        ([], 1, "a clone that is not whole lacks it"),
        (["--against", "HEAD", "--output", "missing/plan.txt"], 1, "--output: got missing/plan.txt, expected a file"),
        (
            ["--against", "manifests/local", "--group", "prod-deployment-gruop"],
            1,
            "(did you mean 'prod-deployment-group'?)",
        ),
        (["--release", "a", "latest"], 2, "expected a version such as 3"),
        (["--release", "a", "--against", "HEAD"], 1, "got --release and --against, expected one of them"),
    ],
)
def test_wrong_words_are_refused(run: Run, arguments: list[str], code: int, message: str) -> None:
    done = run("plan", "manifests/local/deployment.yaml", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_deployments_of_different_names_are_said_to_be_so(project: Path) -> None:
    shutil.copytree(project / "manifests" / "local", project / "manifests" / "other")
    path = project / "manifests" / "other" / "deployment.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("name: local", "name: other"), encoding="utf-8")
    local, other = (
        {each.name: each for each in of_manifest(project / "manifests" / name)} for name in ("local", "other")
    )
    found = Sides(path, project / "manifests" / "local", "manifests/local")
    (note,) = notes(found, local, other)
    assert note.startswith("these are deployments of different names, modelcicd-local and modelcicd-other")
    assert list(notes(found, local, local)) == []


def test_without_git_it_asks_what_to_compare_with(tmp_path: Path) -> None:
    with pytest.raises(ModelCicdError, match="say what to compare it with, --against MANIFEST or --against aws"):
        Repository.around(tmp_path / "deployment.yaml")


def test_the_real_cdk_runs_by_hand(run: Run, project: Path, tmp_path: Path) -> None:
    done = run(
        "synth", "manifests/local/deployment.yaml", "--group", "prod-deployment-group", "-o", str(tmp_path / "out")
    )
    assert done.returncode == 0, done.stderr
    out = tmp_path / "out" / MODULE
    cdk = f"{ROOT / 'node_modules' / '.bin' / 'cdk'} list"
    listed = subprocess.run(
        ["bash", "-c", f"{cdk} --app {shlex.quote(str(out))}"], capture_output=True, text=True, check=False
    )
    prefix = f"modelcicd-local-{MODULE}"
    own = [f"{prefix}-prod-deployment-group{each}" for each in ("-build", "-tooling", "-promotion")]
    assert (listed.returncode, sorted(listed.stdout.split())) == (0, sorted([prefix, *own])), listed.stderr
    (other := tmp_path / "full" / MODULE).mkdir(parents=True)
    (other / "notes.txt").write_text("mine", encoding="utf-8")
    again = run("synth", "manifests/local/deployment.yaml", "-o", str(other.parent))
    assert (again.returncode, again.stdout) == (1, "")
    assert f"-o: {other} is not empty and no cloud assembly" in again.stderr


def test_the_modules_own_app_runs_with_the_variables(run: Run, tmp_path: Path) -> None:
    variables = run("env", "manifests/local/deployment.yaml").stdout
    cdk = f"{ROOT / 'node_modules' / '.bin' / 'cdk'} list --output {shlex.quote(str(tmp_path / 'out'))}"
    env = {"HOME": os.environ["HOME"], "PATH": f"{BIN}:{os.environ['PATH']}", "JSII_NODE": str(BIN / "node")}
    listed = subprocess.run(
        ["bash", "-c", f"{variables}{cdk}"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert listed.returncode == 0, listed.stderr
    assert f"modelcicd-local-{MODULE}-infra" in listed.stdout.split()


def test_the_variables_of_seed_farmer(run: Run) -> None:
    done = run("env", "manifests/local/deployment.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    shown = subprocess.run(
        ["bash", "-c", f"{done.stdout}\nprintf %s \"$SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS\""],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [each["name"] for each in json.loads(shown.stdout)][1] == "prod-deployment-group"
    assert f"export SEEDFARMER_MODULE_NAME={MODULE}\n" in done.stdout


def test_values_from_elsewhere_are_named(run: Run, project: Path) -> None:
    edit(project, "parameters:\n", "parameters:\n"
         "  - {name: organization-id, valueFrom: {parameterStore: /modelcicd/organization}}\n"
         "  - {name: cdk-qualifier, valueFrom: {envVariable: QUALIFIER}}\n")  # fmt: skip
    done = run("env", "manifests/local/deployment.yaml", "--group", "prod-deployment-group", QUALIFIER="acme")
    assert (
        "# SEEDFARMER_PARAMETER_ORGANIZATION_ID: not known here, from parameterStore '/modelcicd/organization'"
        in done.stdout
    )
    assert "export SEEDFARMER_PARAMETER_CDK_QUALIFIER=acme\n" in done.stdout
    refused = run("env", "manifests/local/deployment.yaml", "--module", "models-sample-ml-model-nam", QUALIFIER="acme")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"(did you mean '{MODULE}'?)" in refused.stderr


@pytest.mark.parametrize("name", ["x$($'\\164\\157\\165\\143\\150' pwned)", "x;y", "x y", "ü"])
def test_a_parameter_whose_name_a_shell_would_run_is_refused(run: Run, project: Path, name: str) -> None:
    edit(project, "parameters:\n", f"parameters:\n  - {{name: {json.dumps(name)}, value: '1'}}\n")
    done = run("env", "manifests/local/deployment.yaml")
    assert (done.returncode, done.stdout) == (1, "")
    assert "expected letters, digits and -" in done.stderr


@pytest.fixture
def hub() -> Iterator[ScriptedGitHub]:
    with scripted_github() as running:
        yield running


def test_the_comment_of_a_plan_is_written_over_by_the_next(hub: ScriptedGitHub, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7, "head": {"sha": "a" * 40}}}), encoding="utf-8")
    job = {
        "GITHUB_API_URL": hub.url,
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "team/models",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_TOKEN": "token",
    }
    said: list[str] = []
    github.publish(Plan("m.yaml", "HEAD", (ModulePlan("models", said=("group a is new",)),)), job, said.append)
    github.publish(Plan("m.yaml", "HEAD"), job, said.append)
    assert said == []
    (one,) = hub.comments
    assert one["body"].startswith("<!-- model-cicd plan m.yaml -->\n### The apply would change nothing")
    assert (tmp_path / "summary.md").read_text(encoding="utf-8").count("###") >= 2
    github.publish(Plan("m.yaml", "HEAD"), {}, said.append)
    assert "GITHUB_STEP_SUMMARY is not set" in said[0]
