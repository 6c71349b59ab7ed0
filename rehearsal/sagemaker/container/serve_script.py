"""Runs inside an endpoint's sandbox in place of the script-mode servers of AWS's XGBoost, scikit-learn and PyTorch.

Its arguments are the framework, the script and its folder. The script has `model_fn` and, if it likes, `input_fn`,
`predict_fn`, `output_fn` or `transform_fn`; what it leaves out is done as the images do it.
https://sagemaker.readthedocs.io/en/stable/frameworks/sklearn/using_sklearn.html#deploy-a-scikit-learn-model
"""

import importlib
import os
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import script_data as data  # type: ignore[import-not-found]
import serving  # type: ignore[import-not-found]

MODEL = "/opt/ml/model"
Function = Callable[..., Any]


def main() -> None:
    """Load the script and the model, then serve until killed."""
    framework, program, directory = sys.argv[1:]
    try:
        install(Path(directory))
        provide(framework)
        sys.path.insert(0, directory)
        respond = responder(importlib.import_module(Path(program).stem), framework)
    except Exception as error:
        print(f"Unable to load the script {program}: {type(error).__name__}: {error}", flush=True)
        sys.exit(1)
    serving.serve(respond, f"{framework} model loaded by {program}")


def install(directory: Path) -> None:
    """What the script needs besides the image's packages."""
    file = directory / "requirements.txt"
    if not file.is_file():
        return
    packages = str(Path(os.environ["TMPDIR"]) / "packages")
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", packages, "-r", str(file)], check=True)
    sys.path.insert(0, packages)


def provide(framework: str) -> None:
    """The modules of AWS's toolkits that scripts import from, with what is used of them."""
    types_of_content = {"CSV": data.CSV, "JSON": data.JSON, "NPY": data.NPY}
    module("sagemaker_containers.beta.framework.encoders", encode=data.encode, decode=data.decode)
    module("sagemaker_containers.beta.framework.worker", Response=data.Response)
    module("sagemaker_containers.beta.framework.content_types", **types_of_content)
    module("sagemaker_inference.encoder", encode=data.encode)
    module("sagemaker_inference.decoder", decode=data.decode)
    module("sagemaker_inference.content_types", **types_of_content)
    if framework == "pytorch":
        importlib.import_module("torch")  # which the Python of --image has to have
    if framework == "xgboost":
        module("sagemaker_xgboost_container.encoder", decode=data.matrix)


def module(name: str, **members: Any) -> None:
    """Make a module and those that it is in."""
    parent, _, own = name.rpartition(".")
    if parent and parent not in sys.modules:
        module(parent)
    made = sys.modules.setdefault(name, types.ModuleType(name))
    vars(made).update(members)
    if parent:
        setattr(sys.modules[parent], own, made)


def responder(script: types.ModuleType, framework: str) -> Callable[[bytes, Any], tuple[str, bytes]]:
    """What answers a request, the model loaded."""
    given: dict[str, Function] = {
        name: getattr(script, name)
        for name in ("model_fn", "input_fn", "predict_fn", "output_fn", "transform_fn")
        if hasattr(script, name)
    }
    if "model_fn" not in given:
        raise NotImplementedError("Please provide a model_fn implementation.")
    if "transform_fn" in given and given.keys() & {"input_fn", "predict_fn", "output_fn"}:
        raise ValueError("Cannot use transform_fn implementation with input_fn, predict_fn, and/or output_fn")
    model = given["model_fn"](MODEL)
    own_read, own_predict = OWN.get(framework, (data.decode, predict_rows))
    read: Function = given.get("input_fn", own_read)
    predict: Function = given.get("predict_fn", own_predict)
    write: Function = given.get("output_fn", data.encode_response)

    def respond(body: bytes, headers: Any) -> tuple[str, bytes]:
        kind, accept = data.types(headers)
        content: Any = body.decode() if data.is_text(kind) else body
        if "transform_fn" in given:
            made = given["transform_fn"](model, content, kind, accept)
        else:
            made = write(predict(read(content, kind), model), accept)
        answer: tuple[str, bytes] = data.answer(made, accept)
        return answer

    return respond


def predict_rows(rows: Any, model: Any) -> Any:
    """As scikit-learn's image does."""
    return model.predict(rows)


def predict_matrix(matrix: Any, model: Any) -> Any:
    """As XGBoost's image does."""
    return model.predict(matrix, validate_features=False)


def predict_tensor(tensor: Any, model: Any) -> Any:
    """As PyTorch's image does: evaluated, without gradients."""
    import torch  # type: ignore[import-not-found]

    model.eval()
    with torch.no_grad():
        return model(tensor).cpu().numpy()


#: by framework, how its image reads a request and predicts where the script does not say
OWN = {"xgboost": (data.matrix, predict_matrix), "pytorch": (data.tensor, predict_tensor)}

if __name__ == "__main__":
    main()
