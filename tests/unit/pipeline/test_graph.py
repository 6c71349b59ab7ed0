from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from model_cicd.pipeline.checks import parse_config
from model_cicd.pipeline.graph.layout import LAYER_GAP, NODE_GAP, layout
from model_cicd.pipeline.graph.mermaid import mermaid
from model_cicd.pipeline.graph.model import Edge, Graph, Node, graph
from model_cicd.pipeline.graph.svg import svg
from model_cicd.text.source import load

REPOSITORY = Path(__file__).parents[3]
PIPELINES = [REPOSITORY / "seedcode/model-build/pipeline.yaml"]
PIPELINES += [REPOSITORY / f"tests/golden/cases/{name}.yaml" for name in ("types", "expressions")]


@pytest.fixture(params=PIPELINES, ids=lambda path: path.stem)
def drawn(request: pytest.FixtureRequest) -> Graph:
    return graph(parse_config(load(request.param), {}))


def test_edges_say_why_a_step_waits() -> None:
    edges = set(graph(parse_config(load(PIPELINES[0]), {})).edges)
    assert {
        Edge("ValidateData", "TrainModel", "order"),
        Edge("PreprocessData", "TrainModel", "data"),
        Edge("EvaluateModel", "CheckMSE", "data"),
        Edge("CheckMSE", "RegisterModel", "if"),
        Edge("CheckMSE", "ModelBelowThreshold", "else"),
        Edge("TrainModel", "RegisterModel", "data"),
    } <= edges
    assert len({(each.source, each.target) for each in edges}) == len(edges)


def test_every_edge_leads_down_and_no_boxes_overlap(drawn: Graph) -> None:
    placed = layout(drawn)
    for edge in drawn.edges:
        assert placed.boxes[edge.target].y - placed.boxes[edge.source].y >= LAYER_GAP
    for one, other in itertools.combinations(placed.boxes.values(), 2):
        if one.y == other.y:
            assert abs(one.x - other.x) >= (one.width + other.width) / 2 + NODE_GAP - 0.2
    for box in placed.boxes.values():
        assert 0 < box.x - box.width / 2 < box.x + box.width / 2 < placed.width
        assert 0 < box.y < placed.height


def test_edges_pass_beside_the_boxes_of_layers_between(drawn: Graph) -> None:
    placed = layout(drawn)
    for edge, route in placed.routes.items():
        for x, y in route[1:-1]:
            inside = [b for n, b in placed.boxes.items() if b.y == y and abs(b.x - x) < b.width / 2]
            assert inside == [], edge


def test_the_svg_is_xml_with_every_step_and_edge(drawn: Graph) -> None:
    root = ET.fromstring(svg(drawn))
    space = "{http://www.w3.org/2000/svg}"
    titles = {each.text for each in root.iter(f"{space}title")}
    assert titles == {f"{node.name}: {node.type}" for node in drawn.nodes}
    arrows = [each for each in root.iter(f"{space}path") if "marker-end" in each.attrib]
    assert len(arrows) == len(drawn.edges)
    assert "http://" not in svg(drawn).replace("http://www.w3.org/2000/svg", "")


def test_labels_of_users_are_escaped_in_both_drawings() -> None:
    nasty = Graph((Node("a", "Lambda", '</text><script>"]; end'),), ())
    [label, _] = [each.text for each in ET.fromstring(svg(nasty)).iter("{http://www.w3.org/2000/svg}text")]
    assert label == nasty.nodes[0].label
    assert mermaid(nasty).splitlines()[1].count('"') == 2


def test_mermaid_has_a_line_for_each_step_and_edge(drawn: Graph) -> None:
    lines = mermaid(drawn).splitlines()
    assert lines[0] == "flowchart TD"
    assert len(lines) == 1 + len(drawn.nodes) + len(drawn.edges)
