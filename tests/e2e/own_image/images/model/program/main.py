"""What the image runs: `train` writes a model of scikit-learn, `serve` answers with it."""

import csv
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import joblib  # type: ignore[import-untyped]
from sklearn.ensemble import GradientBoostingRegressor

MODEL = Path("/opt/ml/model/model.joblib")


def train() -> None:
    """A model of all columns but the last, which it predicts; every fifth row is kept back."""
    parameters = json.loads(Path("/opt/ml/input/config/hyperparameters.json").read_text())
    (path,) = Path("/opt/ml/input/data/train").glob("*.csv")
    with path.open(newline="") as file:
        rows = [[float(each) for each in row] for row in list(csv.reader(file))[1:]]
    seen = [row for number, row in enumerate(rows) if number % 5]
    model = GradientBoostingRegressor(max_depth=int(parameters["depth"]), random_state=1)
    model.fit([row[:-1] for row in seen], [row[-1] for row in seen])
    joblib.dump(model, MODEL)


class Handler(BaseHTTPRequestHandler):
    """SageMaker's contract."""

    def do_GET(self) -> None:
        """/ping."""
        self.send_response(200)
        self.end_headers()

    def do_POST(self) -> None:
        """/invocations: lines of numbers, a line for each prediction."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        rows = [[float(each) for each in line.split(",")] for line in body.splitlines() if line.strip()]
        answer = "\n".join(str(each) for each in self.server.model.predict(rows)).encode()  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def serve() -> None:
    """On port 8080."""
    server = ThreadingHTTPServer(("0.0.0.0", 8080), Handler)
    server.model = joblib.load(MODEL)  # type: ignore[attr-defined]
    server.serve_forever()


if __name__ == "__main__":
    {"train": train, "serve": serve}[sys.argv[1]]()
